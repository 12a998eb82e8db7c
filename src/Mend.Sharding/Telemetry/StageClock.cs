using System.Diagnostics;

namespace Mend.Sharding;

/// <summary>Measures the stages of one edit, as spans, metrics and a list. One stage at a time.</summary>
/// <param name="time">The clock.</param>
/// <param name="told">Told each stage as it ends; null for nobody.</param>
public sealed class StageClock(TimeProvider time, Action<StageDuration>? told = null)
{
    private readonly List<StageDuration> _stages = [];

    /// <summary>The stages so far, in order of their first time.</summary>
    public IReadOnlyList<StageDuration> Stages => [.. _stages];

    /// <summary>Runs a stage.</summary>
    /// <typeparam name="T">What comes of it.</typeparam>
    /// <param name="stage">Its name.</param>
    /// <param name="work">The work.</param>
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
            Add(stage, time.GetElapsedTime(started));
        }
    }

    /// <summary>Counts time that was measured otherwise.</summary>
    /// <param name="stage">The stage's name.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Add(string stage, TimeSpan elapsed)
    {
        ShardingTelemetry.StageDuration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>(ShardingTelemetry.StageTag, stage));
        told?.Invoke(new StageDuration(stage, elapsed));
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
