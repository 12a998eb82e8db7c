namespace Mend.Sharding;

/// <summary>Calls in order of arrival, and who works on them: one worker at a time, that takes what has gathered meanwhile as one batch.</summary>
/// <param name="mostEdits">Edits in a batch of several calls; a single call may have more.</param>
internal sealed class EditQueue(int mostEdits)
{
    private readonly LinkedList<EditCall> _waiting = [];
    private readonly Lock _lock = new();
    private bool _working;

    /// <summary>Adds a call.</summary>
    /// <returns>Whether the caller has to start a worker.</returns>
    public bool Add(EditCall call)
    {
        lock (_lock)
        {
            _waiting.AddLast(call);
            ShardingTelemetry.EditsWaiting.Add(call.Requests.Count);
            (bool start, _working) = (!_working, true);
            return start;
        }
    }

    /// <summary>
    /// The next batch; empty when nothing waits, and then the worker must end. Calls that share an idempotency key never share a
    /// batch: the second finds what became of the first.
    /// </summary>
    public IReadOnlyList<EditCall> Take()
    {
        lock (_lock)
        {
            List<EditCall> batch = [];
            HashSet<string> keys = [];
            int edits = 0;
            while (_waiting.First?.Value is { } call
                && (batch.Count == 0 || (edits + call.Requests.Count <= mostEdits && !call.Keys.Any(keys.Contains))))
            {
                _waiting.RemoveFirst();
                ShardingTelemetry.EditsWaiting.Add(-call.Requests.Count);
                if (call.TryLeaveQueue())
                {
                    batch.Add(call);
                    keys.UnionWith(call.Keys);
                    edits += call.Requests.Count;
                }
            }

            _working = batch.Count > 0;
            return batch;
        }
    }
}
