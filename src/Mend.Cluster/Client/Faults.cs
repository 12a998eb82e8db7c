using System.Net.Sockets;
using Mend.Ledger;
using Mend.Sharding;
using Orleans.Runtime.Messaging;

namespace Mend.Cluster;

/// <summary>Turns what goes wrong between silos into <see cref="RetryableException"/>.</summary>
internal static class Faults
{
    /// <summary>Makes a call.</summary>
    /// <param name="what">Who is called, for the message.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">The token that the call was given.</param>
    public static async Task<T> GuardAsync<T>(string what, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (InvalidMessageFrameException error)
        {
            throw new RequestTooLargeException($"A message to or from {what} is larger than one may be ({error.Message}); send less at once, or raise Model:MessageLimit.");
        }
        catch (Exception error) when (IsOfTheWay(error) || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new RetryableException($"{what} could not be reached ({error.GetType().Name}: {error.Message}); send the request again.", error);
        }
    }

    /// <summary>A reference to a grain. A client that knows no silo, since all were replaced, say, knows of no class either that it could be to.</summary>
    /// <param name="grains">Makes references.</param>
    /// <param name="key">The grain's key.</param>
    /// <exception cref="RetryableException">No silo is known just now.</exception>
    public static T Grain<T>(IGrainFactory grains, string key)
        where T : IGrainWithStringKey
    {
        try
        {
            return grains.GetGrain<T>(key);
        }
        catch (ArgumentException error)
        {
            throw new RetryableException($"No silo of the cluster is known just now ({error.Message}); send the request again.", error);
        }
    }

    /// <summary>Makes a call that returns nothing.</summary>
    /// <param name="what">Who is called, for the message.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">The token that the call was given.</param>
    public static Task GuardAsync(string what, Func<Task> call, CancellationToken cancellationToken) => GuardAsync(
        what,
        async () =>
        {
            await call().ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>
    /// Whether an exception says that a message or its answer was lost, and not what became of the request. A silo that stops also cancels what
    /// it was asked, and loses what it computes with.
    /// </summary>
    private static bool IsOfTheWay(Exception error) => error is OrleansException or TimeoutException or SocketException or ObjectDisposedException;
}
