namespace Mend.Ledger;

/// <summary>Lets one in at a time, in order of arrival. Safe to use from several threads.</summary>
/// <param name="continuations">How those go on that had to wait: inside the step of the one who leaves, or elsewhere.</param>
internal sealed class AsyncGate(TaskCreationOptions continuations)
{
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private readonly Lock _lock = new();
    private bool _taken;

    /// <summary>Waits for its turn; when this returns, call <see cref="Leave"/> once.</summary>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (!_taken)
            {
                _taken = true;
                return;
            }

            turn = new TaskCompletionSource(continuations);
            _waiting.Enqueue(turn);
        }

        using CancellationTokenRegistration givingUp = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), turn);
        await turn.Task.ConfigureAwait(false);
    }

    /// <summary>Lets the next in who has not given up.</summary>
    public void Leave()
    {
        while (TakeNext() is { } turn && !turn.TrySetResult())
        {
        }
    }

    private TaskCompletionSource? TakeNext()
    {
        lock (_lock)
        {
            _taken = _waiting.TryDequeue(out TaskCompletionSource? turn);
            return turn;
        }
    }
}
