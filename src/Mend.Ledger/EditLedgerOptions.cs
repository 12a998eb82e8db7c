namespace Mend.Ledger;

/// <summary>Settings of an <see cref="EditLedger"/>.</summary>
public sealed class EditLedgerOptions
{
    /// <summary>The default of <see cref="GracePeriod"/>: one hour.</summary>
    public static readonly TimeSpan DefaultGracePeriod = TimeSpan.FromHours(1);

    /// <summary>
    /// How old staged factors that no entry names must be before garbage collection takes them; a commit names factors younger than half of it
    /// only. The same in every process of a ledger, and much longer than an edit takes from its first prepare to its commit, and than
    /// clocks and file systems' caches differ by between machines. Above zero; default one hour.
    /// </summary>
    public TimeSpan GracePeriod { get; set; } = DefaultGracePeriod;

    /// <summary>
    /// Told, once, that the store no longer has versions that this process has read and perhaps served, so that they are named in a log; every
    /// call throws from then on. Null (default): nobody.
    /// </summary>
    public Action<LedgerTailLostException>? TailLost { get; set; }

    /// <summary>Numbers from 0 to 1 that spread collections over time and processes; a simulation draws them from its seed.</summary>
    internal Func<double> Jitter { get; init; } = Random.Shared.NextDouble;

    /// <summary>How callers that waited for each other go on; a simulation lets them go on inside the step of the one before.</summary>
    internal TaskCreationOptions Continuations { get; init; } = TaskCreationOptions.RunContinuationsAsynchronously;
}
