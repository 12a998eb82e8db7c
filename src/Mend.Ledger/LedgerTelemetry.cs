using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Mend.Ledger;

/// <summary>The assembly's one activity source and one meter, and the names of their tags.</summary>
public static class LedgerTelemetry
{
    /// <summary>The name of the activity source and of the meter, for exporters to subscribe to.</summary>
    public const string Name = "Mend.Ledger";

    /// <summary>Bounds for histograms of durations in seconds, from a millisecond to five minutes; those that exporters take otherwise are for milliseconds.</summary>
    public static readonly InstrumentAdvice<double> Seconds =
        new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] };

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
        Meter.CreateHistogram<double>("mend.ledger.prepare.duration", "s", "Staging one shard's factors durably.", tags: null, Seconds);

    internal static readonly Histogram<double> CommitDuration =
        Meter.CreateHistogram<double>("mend.ledger.commit.duration", "s", "One try to commit, whatever its outcome.", tags: null, Seconds);

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

    /// <summary>Makes the counts of rare faults known before the first: an increase is only seen from a value that was there.</summary>
    internal static void CountFromZero()
    {
        LostVersions.Add(0);
        TidyingFailures.Add(0);
    }

    internal static void Record(Histogram<double> histogram, TimeProvider time, long start, string outcome) =>
        histogram.Record(time.GetElapsedTime(start).TotalSeconds, new KeyValuePair<string, object?>(OutcomeTag, outcome));
}
