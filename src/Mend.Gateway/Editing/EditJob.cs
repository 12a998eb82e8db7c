using System.Runtime.CompilerServices;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>Edits at work, and everything that happened to them: whoever listens late hears it all. Safe to use from several threads.</summary>
internal sealed class EditJob : IProgress<StageDuration>
{
    private readonly Lock _lock = new();
    private readonly List<StageTime> _stages = [];
    private TaskCompletionSource _changed = NewSignal();
    private EditStatus _status;

    public EditJob(EditStatus status, string request)
    {
        _status = status;
        Request = request;
    }

    /// <summary>What was asked, as text: whether another request is the same.</summary>
    public string Request { get; }

    /// <summary>Set when the edits have ended, however.</summary>
    public Failure? Failure { get; private set; }

    /// <summary>How far they are now.</summary>
    public EditStatus Status
    {
        get
        {
            lock (_lock)
            {
                return _status with { Stages = [.. _stages] };
            }
        }
    }

    /// <summary>A stage ended.</summary>
    public void Report(StageDuration value)
    {
        lock (_lock)
        {
            _stages.Add(StageTime.Of(value));
            Signal();
        }
    }

    /// <summary>The edits ended.</summary>
    /// <param name="change">What became of them.</param>
    /// <param name="stages">The stages, those that nobody reported among them; null for none.</param>
    /// <param name="failure">Why nothing was committed, or null.</param>
    public void End(Func<EditStatus, EditStatus> change, IReadOnlyList<StageDuration>? stages, Failure? failure)
    {
        lock (_lock)
        {
            _stages.AddRange((stages ?? []).Where(s => _stages.TrueForAll(told => told.Stage != s.Stage)).Select(StageTime.Of).ToList());
            Failure = failure;
            _status = change(_status);
            Signal();
        }
    }

    /// <summary>Waits until the edits have ended.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await foreach (object _ in EventsAsync(cancellationToken))
        {
        }
    }

    /// <summary>Every stage as it ends, from the first, and at last what became of the edits.</summary>
    public async IAsyncEnumerable<object> EventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int told = 0; ;)
        {
            StageTime[] news;
            Task changed;
            EditStatus status;
            lock (_lock)
            {
                news = [.. _stages.Skip(told)];
                changed = _changed.Task;
                status = _status with { Stages = [.. _stages] };
            }

            foreach (StageTime stage in news)
            {
                yield return stage;
            }

            told += news.Length;
            if (status.Status != EditState.Running)
            {
                yield return status;
                yield break;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Signal()
    {
        TaskCompletionSource changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }
}
