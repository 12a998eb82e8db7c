using Mend.Ledger;
using Orleans.Serialization.Invocation;

namespace Mend.Cluster;

/// <summary>
/// Ends calls whose answer will never come. When a silo dies, Orleans fails the calls that other silos made to it, but not those that came
/// from a client through another silo, nor any that were lost with a connection between silos that live on; they would wait for their time limit,
/// which is long because passes are. Orleans' reports on long calls say that one is worked on, never that none is. So who waits asks from time to
/// time whether the call is still worked on, and after several times no it counts as lost.
/// </summary>
internal sealed class CallWatch(TimeProvider time) : IOutgoingGrainCallFilter
{
    /// <summary>Where a call's name travels.</summary>
    internal const string Key = "mend.call";

    /// <summary>Several, because a call may still be on its way there, or its answer on its way back.</summary>
    private const int MostMisses = 3;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        Type target = context.Request.GetInterfaceType();
        if (target.Assembly != typeof(CallWatch).Assembly || target == typeof(ICallKeeper))
        {
            await context.Invoke().ConfigureAwait(false);
            return;
        }

        Guid name = Guid.NewGuid();
        RequestContext.Set(Key, name);
        CancellationTokenSource? givenUp = Cancellable(context.Request);
        Task call = context.Invoke();
        RequestContext.Remove(Key);
        ICallKeeper keeper = ((IAddressable)context.Grain).AsReference<ICallKeeper>();
        for (int misses = 0; misses < MostMisses;)
        {
            if (await EndsAsync(call).ConfigureAwait(false))
            {
                givenUp?.Dispose();
                await call.ConfigureAwait(false);
                return;
            }

            misses = await RunsAsync(keeper, name).ConfigureAwait(false) ? 0 : misses + 1;
        }

        // Where it is worked on after all, it need not be: it is sent again, and would be computed twice at a time.
        if (givenUp is not null)
        {
            await givenUp.CancelAsync().ConfigureAwait(false);
        }

        _ = call.ContinueWith(
            (late, linked) =>
            {
                ((CancellationTokenSource?)linked)?.Dispose();
                return late.Exception;
            },
            givenUp,
            TaskScheduler.Default);
        throw new RetryableException($"What became of the call {context.InterfaceName}.{context.MethodName} is not known: its silo was lost, or the answer was. Send the request again.");
    }

    /// <summary>Lets a call be cancelled from here as well as by its caller; null when it takes no token.</summary>
    private static CancellationTokenSource? Cancellable(IInvokable request)
    {
        for (int i = 0; i < request.GetArgumentCount(); i++)
        {
            if (request.GetArgument(i) is CancellationToken token)
            {
                CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(token);
                request.SetArgument(i, both.Token);
                return both;
            }
        }

        return null;
    }

    /// <summary>Waits for a while.</summary>
    private async Task<bool> EndsAsync(Task call)
    {
        using CancellationTokenSource ended = new();
        Task first = await Task.WhenAny(call, Task.Delay(Period, time, ended.Token)).ConfigureAwait(false);
        await ended.CancelAsync().ConfigureAwait(false);
        return first == call;
    }

    private static async Task<bool> RunsAsync(ICallKeeper keeper, Guid name)
    {
        try
        {
            return await keeper.RunsAsync(name).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Nobody is there to work on it, or can be asked just now.
            return false;
        }
    }
}
