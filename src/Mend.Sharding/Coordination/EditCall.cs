using System.Diagnostics;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>One caller's edits on their way through the coordinator: waiting, at work, ended.</summary>
internal sealed class EditCall
{
    private readonly TaskCompletionSource<EditOutcome> _ended;
    private int _left;

    public EditCall(IReadOnlyList<EditRequest> requests, TaskCreationOptions continuations, DateTimeOffset enqueued, CancellationToken cancellationToken)
    {
        Requests = requests;
        Enqueued = enqueued;
        Cancelled = cancellationToken;
        Caller = Activity.Current?.Context ?? default;
        _ended = new TaskCompletionSource<EditOutcome>(continuations);
    }

    public IReadOnlyList<EditRequest> Requests { get; }

    /// <summary>Told the stages as they end; null for nobody.</summary>
    public IProgress<StageDuration>? Progress { get; init; }

    /// <summary>When it began to wait.</summary>
    public DateTimeOffset Enqueued { get; }

    public CancellationToken Cancelled { get; }

    /// <summary>The span that asked.</summary>
    public ActivityContext Caller { get; }

    public Task<EditOutcome> Ended => _ended.Task;

    /// <summary>The newest version that had one of its edits before the call.</summary>
    public ModelVersion Earlier { get; private set; }

    /// <summary>Edits of the call that were looked at and not committed.</summary>
    public List<RejectedEdit> Rejected { get; } = [];

    public IEnumerable<string> Keys => Requests.Select(r => r.IdempotencyKey).OfType<string>();

    /// <summary>Takes the call out of the queue, for the worker or for a caller who gives up; true for the first to ask.</summary>
    public bool TryLeaveQueue() => Interlocked.Exchange(ref _left, 1) == 0;

    public void Found(ModelVersion version) => Earlier = version > Earlier ? version : Earlier;

    public void Complete(EditOutcome outcome) => _ended.TrySetResult(outcome);

    public void Fail(Exception error)
    {
        if (error is OperationCanceledException && Cancelled.IsCancellationRequested)
        {
            _ended.TrySetCanceled(Cancelled);
        }
        else
        {
            _ended.TrySetException(error);
        }
    }
}

/// <summary>One edit of a call that is not committed yet.</summary>
internal sealed record Wish(EditCall Call, EditRequest Request);
