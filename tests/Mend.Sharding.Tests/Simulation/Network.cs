using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>Calls between processes. Each message, there and back, may be slow (and so be overtaken), repeated or lost.</summary>
internal sealed class Network(Scheduler scheduler, FaultRates rates)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Calls a service.</summary>
    /// <param name="from">Who calls; when it crashes, nobody waits any more, but what was sent arrives.</param>
    /// <param name="to">Where the service is.</param>
    /// <param name="what">For the trace.</param>
    /// <param name="call">The call, made there.</param>
    /// <param name="patience">How long to wait for the answer; null for the usual time.</param>
    /// <param name="once">Whether the request must not be repeated on its way.</param>
    /// <param name="cancellationToken">Gives up here at once, and there when word of it arrives.</param>
    public async Task<T> CallAsync<TService, T>(
        Process from, Machine to, string what, Func<TService, CancellationToken, Task<T>> call, TimeSpan? patience = null, bool once = false,
        CancellationToken cancellationToken = default)
    {
        if (from.Over)
        {
            throw new InvalidOperationException($"{from.Name} is dead and calls {what} of {to.Name}.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        string route = $"{from.Name} > {to.Name} {what}";
        scheduler.Log(route);
        TaskCompletionSource<T> answer = new();
        List<(Process Process, CancellationTokenSource Cancellation)> serving = [];
        from.After(patience ?? Patience, () => answer.TrySetException(new RetryableException($"{to.Name} did not answer {what}.")));
        Send(route, Deliver, once);
        using CancellationTokenRegistration givingUp = cancellationToken.UnsafeRegister(
            (_, token) =>
            {
                Send($"{route} (cancel)", Cancel);
                answer.TrySetCanceled(token);
            },
            null);
        return await answer.Task;

        void Deliver()
        {
            if (to.Process is { } process)
            {
                CancellationTokenSource cancellation = new();
                serving.Add((process, cancellation));
                _ = ServeAsync(process, cancellation.Token);
            }
            else if (scheduler.Random.Next(2) == 0)
            {
                from.After(Latency(), () => answer.TrySetException(new RetryableException($"{to.Name} is down.")));
            }
        }

        void Cancel()
        {
            foreach ((Process process, CancellationTokenSource cancellation) in serving.Where(s => !s.Process.Over))
            {
                cancellation.Cancel();
            }
        }

        async Task ServeAsync(Process process, CancellationToken token)
        {
            Action reply;
            try
            {
                T result = await call(to.Service<TService>(), token);
                reply = () => answer.TrySetResult(result);
            }
            catch (Exception error)
            {
                reply = () => answer.TrySetException(error);
            }

            Send($"{process.Name} > {from.Name} answer {what}", () =>
            {
                if (!from.Over)
                {
                    reply();
                }
            });
        }
    }

    private void Send(string message, Action arrive, bool once = false)
    {
        if (scheduler.Strikes(rates.Lost))
        {
            scheduler.Log($"lost: {message}");
            return;
        }

        for (int copies = !once && scheduler.Strikes(rates.Repeated) ? 2 : 1; copies > 0; copies--)
        {
            scheduler.After(Latency(), () =>
            {
                scheduler.Log(message);
                arrive();
            });
        }
    }

    private TimeSpan Latency() => scheduler.Strikes(rates.Slow) ? scheduler.Between(0.1, 6) : scheduler.Between(0.001, 0.02);
}
