using System.Diagnostics;
using System.Diagnostics.Metrics;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>The assembly's traces and metrics, under the name "Mend.Sharding".</summary>
public static class ShardingTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Mend.Sharding";

    /// <summary>Tag: queue, gradient, editor (one layer, within gradient), strength, prepare, commit or publish.</summary>
    public const string StageTag = "mend.edit.stage";

    /// <summary>Tag: committed, repeated, rejected (by the guard) or failed.</summary>
    public const string OutcomeTag = "mend.edit.outcome";

    internal const string ErrorTag = "error.type";

    internal const string ShardTag = "mend.shard";

    internal const string LayerTag = "mend.layer";

    /// <summary>Tag: digest of the editor's file, where editors can be exchanged.</summary>
    public const string EditorTag = "mend.editor";

    internal const string VersionTag = "mend.version";

    internal static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    internal static readonly Histogram<double> EditDuration =
        Meter.CreateHistogram<double>("mend.edit.duration", "s", "From accepting an edit to publishing its version.", tags: null, LedgerTelemetry.Seconds);

    internal static readonly Histogram<double> StageDuration =
        Meter.CreateHistogram<double>("mend.edit.stage.duration", "s", "Time an edit spends in one stage.", tags: null, LedgerTelemetry.Seconds);

    internal static readonly UpDownCounter<long> PassesActive =
        Meter.CreateUpDownCounter<long>("mend.pass.active", "{pass}", "Passes in flight: begun on a shard of this process and not ended there.");

    internal static readonly UpDownCounter<long> QueueLength =
        Meter.CreateUpDownCounter<long>("mend.engine.queue.length", "{computation}", "Computations that wait for an engine of this process or run on it.");

    internal static readonly UpDownCounter<long> EditsWaiting =
        Meter.CreateUpDownCounter<long>("mend.edit.queue.length", "{edit}", "Edits that wait for the coordinator.");

    internal static readonly Counter<long> EditsRejected =
        Meter.CreateCounter<long>("mend.edit.rejected", "{edit}", "Edits that were looked at before their commit and would not do what they should.");

    internal static readonly Counter<long> Proposals =
        Meter.CreateCounter<long>("mend.proposals", "{proposal}", "Proposals by what happened to them: proposed, declined, committed or rejected.");

    internal static readonly Histogram<double> Drift = Meter.CreateHistogram(
        "mend.edit.drift",
        "1",
        "Share of the prompts looked at before a commit whose answers an edit changes.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5] });

    internal static readonly Counter<long> PublishFailures =
        Meter.CreateCounter<long>("mend.edit.publish.failures", "{shard}", "Shards that could not be told of a version and read it from the ledger.");

    internal static readonly Counter<long> Tokens =
        Meter.CreateCounter<long>("mend.generation.tokens", "{token}", "Tokens generated.");

    /// <summary>
    /// The span of a batch of edits: part of its first edit's trace and linked to the others'. Also makes up, for each, the span of the time it waited.
    /// </summary>
    internal static Activity? StartBatch(IReadOnlyList<EditCall> batch, DateTimeOffset now)
    {
        foreach (EditCall call in batch)
        {
            using Activity? waited = Source.StartActivity("mend.edit.queue", ActivityKind.Internal, call.Caller, startTime: call.Enqueued);
            waited?.SetEndTime(now.UtcDateTime);
        }

        return Source.StartActivity(
            "mend.edit.batch", ActivityKind.Internal, batch[0].Caller, links: batch.Skip(1).Select(c => new ActivityLink(c.Caller)))
            ?.SetTag("mend.edit.count", batch.Sum(c => c.Requests.Count));
    }
}
