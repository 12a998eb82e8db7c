using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Mend.Sharding;

/// <summary>The assembly's traces and metrics, under the name "Mend.Sharding".</summary>
public static class ShardingTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Mend.Sharding";

    /// <summary>Tag: gradient, editor, strength, prepare, commit or publish.</summary>
    public const string StageTag = "mend.edit.stage";

    /// <summary>Tag: committed, repeated or failed.</summary>
    public const string OutcomeTag = "mend.edit.outcome";

    internal static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    internal static readonly Histogram<double> EditDuration =
        Meter.CreateHistogram<double>("mend.edit.duration", "s", "From accepting an edit to publishing its version.");

    internal static readonly Histogram<double> StageDuration =
        Meter.CreateHistogram<double>("mend.edit.stage.duration", "s", "Time an edit spends in one stage.");

    internal static readonly Counter<long> Tokens =
        Meter.CreateCounter<long>("mend.generation.tokens", "{token}", "Tokens generated.");
}

/// <summary>Measures the stages of one edit, as spans, metrics and a list.</summary>
internal sealed class StageClock(TimeProvider time)
{
    private readonly List<StageDuration> _stages = [];

    public IReadOnlyList<StageDuration> Stages => _stages;

    public async Task<T> MeasureAsync<T>(string stage, Func<Task<T>> work)
    {
        using Activity? span = ShardingTelemetry.Source.StartActivity($"mend.edit.{stage}");
        long started = time.GetTimestamp();
        try
        {
            return await work().ConfigureAwait(false);
        }
        finally
        {
            TimeSpan elapsed = time.GetElapsedTime(started);
            ShardingTelemetry.StageDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>(ShardingTelemetry.StageTag, stage));
            int at = _stages.FindIndex(s => s.Stage == stage);
            if (at < 0)
            {
                _stages.Add(new StageDuration(stage, elapsed));
            }
            else
            {
                _stages[at] = new StageDuration(stage, _stages[at].Duration + elapsed);
            }
        }
    }
}
