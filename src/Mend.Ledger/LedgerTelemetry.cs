using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Mend.Ledger;

/// <summary>The assembly's one activity source and one meter, and the names of their tags.</summary>
public static class LedgerTelemetry
{
    /// <summary>The name of the activity source and of the meter, for exporters to subscribe to.</summary>
    public const string Name = "Mend.Ledger";

    internal const string OutcomeTag = "mend.ledger.outcome";
    internal const string KindTag = "mend.ledger.entry.kind";
    internal const string EditTag = "mend.edit.id";
    internal const string VersionTag = "mend.version";
    internal const string ShardTag = "mend.shard";
    internal const string ErrorTag = "error.type";
    internal const string FailedOutcome = "failed";

    internal static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    internal static readonly Histogram<double> PrepareDuration =
        Meter.CreateHistogram<double>("mend.ledger.prepare.duration", "s", "Staging one shard's factors durably.");

    internal static readonly Histogram<double> CommitDuration =
        Meter.CreateHistogram<double>("mend.ledger.commit.duration", "s", "One try to commit, whatever its outcome.");

    internal static readonly Counter<long> Versions =
        Meter.CreateCounter<long>("mend.ledger.versions", "{version}", "Versions committed by this process.");

    internal static readonly Counter<long> LostVersions =
        Meter.CreateCounter<long>("mend.ledger.lost", "{version}", "Versions that this process has read and that the store no longer has.");

    internal static readonly Counter<long> StagedBytes =
        Meter.CreateCounter<long>("mend.ledger.staged", "By", "Bytes of factors staged by this process.");

    internal static readonly Counter<long> CollectedBytes =
        Meter.CreateCounter<long>("mend.ledger.collected", "By", "Bytes of uncommitted factors removed by this process.");

    internal static readonly Counter<long> TidyingFailures =
        Meter.CreateCounter<long>("mend.ledger.collection.failures", "{failure}", "Times that leftovers could not be removed; they are tried again later.");

    internal static void Record(Histogram<double> histogram, TimeProvider time, long start, string outcome) =>
        histogram.Record(time.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>(OutcomeTag, outcome));
}
