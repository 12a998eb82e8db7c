using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Sharding.Tests.Embedded;

public sealed class ShardingTelemetryTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    [Fact]
    public async Task EditAsync_Listened_GivesSpansAndMetricsOfEveryStage()
    {
        ConcurrentBag<Activity> spans = [];
        ConcurrentBag<(string Name, double Value, string? Tag)> measured = [];
        using Activity root = new Activity("test").Start();
        using ActivityListener activities = new()
        {
            ShouldListenTo = source => source.Name == ShardingTelemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == root.TraceId)
                {
                    spans.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(activities);
        using MeterListener meters = new()
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == ShardingTelemetry.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measure(instrument, value, tags));
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measure(instrument, value, tags));
        meters.Start();
        await using EmbeddedModel model = await folder.OpenAsync();

        await model.EditAsync([EditableFolder.Edits[0] with { IdempotencyKey = "k" }]);
        await model.EditAsync([EditableFolder.Edits[0] with { IdempotencyKey = "k" }]);
        await Assert.ThrowsAnyAsync<Exception>(() => model.EditAsync([]));
        Answer answer = await model.AnswerAsync(new Question("the sky"));

        string[] stages = ["gradient", "strength", "prepare", "commit", "publish"];
        Assert.Equal(3, spans.Count(s => s.OperationName == "mend.edit"));
        Activity batch = spans.Single(s => s.OperationName == "mend.edit.batch" && spans.Any(c => c.ParentSpanId == s.SpanId));
        Activity edit = Assert.Single(spans, s => s.SpanId == batch.ParentSpanId);
        Activity gradient = Assert.Single(spans, s => s.OperationName == "mend.edit.gradient");
        Assert.Equal(("mend.edit", 1L), (edit.OperationName, edit.GetTagItem("mend.version")));
        Assert.Contains(spans, s => s.OperationName == "mend.edit.queue" && s.ParentSpanId == edit.SpanId);
        Assert.Equal(stages.Select(s => $"mend.edit.{s}").Order(), spans.Where(s => s.ParentSpanId == batch.SpanId).Select(s => s.OperationName).Order());
        Assert.Contains(spans, s => s.OperationName == "mend.shard.pass" && s.GetTagItem("mend.shard") is 0 && s.ParentSpanId == gradient.SpanId);
        Assert.Contains(spans, s => s.OperationName == "mend.edit.editor" && Equals(s.GetTagItem("mend.layer"), model.Architecture.DefaultEditedLayers[0]));
        Assert.All(stages.Concat(["queue", "editor"]), s => Assert.Contains(measured, m => m.Name == "mend.edit.stage.duration" && m.Tag == s && m.Value >= 0));
        Assert.All(new[] { "committed", "repeated", "failed" }, o => Assert.Contains(measured, m => m.Name == "mend.edit.duration" && m.Tag == o));
        Assert.Contains(measured, m => m.Name == "mend.pass.active" && m.Value == 1);
        Assert.Contains(measured, m => m.Name == "mend.pass.active" && m.Value == -1);
        Assert.Contains(measured, m => m.Name == "mend.generation.tokens" && m.Value == answer.Tokens);
        Activity step = spans.First(s => s.OperationName == "mend.generation.step");
        Assert.Equal((root.SpanId, 1, 1L), (step.ParentSpanId, step.GetTagItem("mend.generation.texts"), step.GetTagItem("mend.version")));
        Assert.Contains(spans, s => s.OperationName == "mend.shard.pass" && s.ParentSpanId == step.SpanId);
        Assert.All(["mend.generation.step.rows", "mend.generation.step.texts", "mend.generation.texts.active"], name => Assert.Contains(measured, m => m.Name == name && m.Value >= 1));
        Assert.Contains(measured, m => m.Name == "mend.generation.step.duration" && m.Value >= 0);

        void Measure(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            measured.Add((instrument.Name, value, tags.IsEmpty ? null : tags[0].Value as string));
    }

    [Fact]
    public async Task MeasureAsync_StageAgain_AddsUp()
    {
        FakeTimeProvider time = new();
        StageClock clock = new(time);

        Task<bool> Passing(int seconds)
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            return seconds == 3 ? Task.FromException<bool>(new IOException()) : Task.FromResult(true);
        }

        await clock.MeasureAsync("gradient", () => Passing(2));
        await clock.MeasureAsync("commit", () => Passing(5));
        await Assert.ThrowsAsync<IOException>(() => clock.MeasureAsync("gradient", () => Passing(3)));

        Assert.Equal([new StageDuration("gradient", TimeSpan.FromSeconds(5)), new StageDuration("commit", TimeSpan.FromSeconds(5))], clock.Stages);
    }
}
