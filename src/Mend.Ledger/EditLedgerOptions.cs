namespace Mend.Ledger;

/// <summary>Settings of an <see cref="EditLedger"/>.</summary>
public sealed class EditLedgerOptions
{
    /// <summary>The default of <see cref="GracePeriod"/>: one hour.</summary>
    public static readonly TimeSpan DefaultGracePeriod = TimeSpan.FromHours(1);

    /// <summary>
    /// How old staged factors that no entry names must be before garbage collection takes them, where nobody holds their edit.
    /// Leftovers of a process that died while holding the edit are taken at once. At least zero; default one hour.
    /// </summary>
    public TimeSpan GracePeriod { get; set; } = DefaultGracePeriod;

    /// <summary>
    /// Told, once, that the store no longer has versions that this process has read and perhaps served, so that they are named in a log; every
    /// call throws from then on. Null (default): nobody.
    /// </summary>
    public Action<LedgerTailLostException>? TailLost { get; set; }

    /// <summary>How callers that waited for each other go on; a simulation lets them go on inside the step of the one before.</summary>
    internal TaskCreationOptions Continuations { get; init; } = TaskCreationOptions.RunContinuationsAsynchronously;
}
