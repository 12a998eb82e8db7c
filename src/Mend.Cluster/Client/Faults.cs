using System.Net.Sockets;
using Mend.Ledger;

namespace Mend.Cluster;

/// <summary>Turns what goes wrong between silos into <see cref="RetryableException"/>.</summary>
internal static class Faults
{
    /// <summary>Makes a call.</summary>
    public static async Task<T> GuardAsync<T>(string what, Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception error) when (IsOfTheWay(error))
        {
            throw new RetryableException($"{what} could not be reached ({error.GetType().Name}: {error.Message}); send the request again.", error);
        }
    }

    /// <summary>Makes a call that returns nothing.</summary>
    public static Task GuardAsync(string what, Func<Task> call) => GuardAsync(what, async () =>
    {
        await call().ConfigureAwait(false);
        return true;
    });

    /// <summary>Whether an exception says that a message or its answer was lost, and not what became of the request.</summary>
    private static bool IsOfTheWay(Exception error) => error is OrleansException or TimeoutException or SocketException or ObjectDisposedException
        || (error is InvalidOperationException && error.Source?.StartsWith("Orleans", StringComparison.Ordinal) == true);
}
