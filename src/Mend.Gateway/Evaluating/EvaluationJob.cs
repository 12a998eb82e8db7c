using System.Runtime.CompilerServices;
using Mend.Editing;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>An evaluation at work, and how far it is: whoever listens hears the newest, and the end. Safe to use from several threads.</summary>
internal sealed class EvaluationJob(EvaluationInfo status, CancellationToken stop) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _cancelled = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private TaskCompletionSource _changed = NewSignal();
    private EvaluationInfo _status = status;

    /// <summary>Done when it is to stop.</summary>
    public CancellationToken Cancelled => _cancelled.Token;

    /// <summary>How far it is.</summary>
    public EvaluationInfo Status
    {
        get
        {
            lock (_lock)
            {
                return _status;
            }
        }
    }

    /// <summary>Stops it; who disposes of it must not be at it.</summary>
    public void Cancel() => _cancelled.Cancel();

    /// <summary>Some edits are measured.</summary>
    public void Report(int done, EvaluationReport report) => Change(status => status with
    {
        Done = done,
        EditSuccess = Evaluations.Number(report.EditSuccess),
        Generality = Evaluations.Number(report.Generality),
        Locality = Evaluations.Number(report.Locality),
        Drawdown = Evaluations.Number(report.Drawdown),
    });

    /// <summary>It is further, or at its end.</summary>
    public void Change(Func<EvaluationInfo, EvaluationInfo> change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            _status = change(_status);
            changed = _changed;
            _changed = NewSignal();
        }

        changed.SetResult();
    }

    /// <summary>How far it is, whenever that changes, and at last its end.</summary>
    public async IAsyncEnumerable<EvaluationInfo> EventsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            EvaluationInfo status;
            Task changed;
            lock (_lock)
            {
                (status, changed) = (_status, _changed.Task);
            }

            yield return status;
            if (status.Status != EvaluationState.Running)
            {
                yield break;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public void Dispose() => _cancelled.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
