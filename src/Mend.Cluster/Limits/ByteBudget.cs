using System.Globalization;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>Memory that requests may take together: who asks for more than there is in all is refused for good, who asks for more than is left, for now. Safe to use from several threads.</summary>
/// <param name="bytes">How much there is.</param>
/// <param name="setting">The setting that says so.</param>
internal sealed class ByteBudget(long bytes, string setting)
{
    private long _taken;

    /// <summary>How much is taken.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes memory, until what is returned is disposed of.</summary>
    /// <param name="wanted">Bytes.</param>
    /// <param name="what">What for, for the message: "The pass".</param>
    /// <exception cref="RequestTooLargeException">There is not so much in all.</exception>
    /// <exception cref="RetryableException">Others have taken too much of it.</exception>
    public IDisposable Take(long wanted, string what)
    {
        if (wanted > bytes)
        {
            throw new RequestTooLargeException($"{what} takes about {Shown(wanted)}, and at most {Shown(bytes)} may be taken ({setting}); send less at once, or raise the limit.");
        }

        if (Interlocked.Add(ref _taken, wanted) > bytes)
        {
            long others = Interlocked.Add(ref _taken, -wanted);
            throw new RetryableException($"{what} takes about {Shown(wanted)}, and {Shown(others)} of {Shown(bytes)} are taken ({setting}); send the request again a little later.");
        }

        return new Share(this, wanted);
    }

    private static string Shown(long size) => string.Create(CultureInfo.InvariantCulture, $"{size / (double)(1 << 20):0.0} MiB");

    private sealed class Share(ByteBudget budget, long bytes) : IDisposable
    {
        private int _given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _given, 1) == 0)
            {
                Interlocked.Add(ref budget._taken, -bytes);
            }
        }
    }
}
