using System.Globalization;
using System.Text.RegularExpressions;
using Mend.Sharding;

namespace Mend.Silo.Tests;

public sealed class SiloTelemetryTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    [Fact]
    public async Task Edit_ThreeSilos_IsOneTraceOverAllOfThem()
    {
        await using TraceCollector collector = await TraceCollector.StartAsync();
        await using SiloProcesses silos = new(folder, shards: 3);

        // By the standard variable, which once was told to the exporter twice.
        await silos.StartAsync(new Dictionary<string, string?> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Url, ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf", ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-key=abc" });
        await using (IEditableModel model = await silos.ConnectAsync())
        {
            await model.EditAsync([EditableFolder.Edits[0]]);
        }

        // Every shard has made the version ready, and together they cover the model.
        int blocks = 0, all = 0;
        for (int i = 0; i < 3; i++)
        {
            using HttpClient http = new() { BaseAddress = silos.Http(i) };
            await http.GetStringAsync("/readyz");
            string metrics = await http.GetStringAsync("/metrics");
            Assert.Equal(1, Value(metrics, $"mend_shard_version{{[^}}]*mend_shard=\"{i}\""));
            blocks += Value(metrics, $"mend_shard_blocks{{[^}}]*mend_shard=\"{i}\"");
            all = Value(metrics, "mend_model_blocks{[^}]*");
        }

        Assert.Equal(all, blocks);

        // What they still have, silos send when they end.
        foreach (ChildProcess silo in silos.Running.Values.Reverse())
        {
            silo.Terminate();
            Assert.Equal(0, await silo.EndAsync(SiloProcesses.Limit));
        }

        string trace = Assert.Single(collector.Spans, s => s.Name == "mend.edit").Trace;
        List<(string Instance, string Trace, string Name)> spans = [.. collector.Spans.Where(s => s.Trace == trace)];
        Assert.Equal(["silo-0", "silo-1", "silo-2"], spans.Select(s => s.Instance).Distinct().Order(StringComparer.Ordinal));
        Assert.All(
            ["mend.edit.batch", "mend.edit.queue", "mend.edit.gradient", "mend.edit.editor", "mend.edit.prepare", "mend.edit.commit", "mend.edit.publish"],
            name => Assert.Contains(name, spans.Select(s => s.Name)));
        Assert.Equal("abc", collector.Key);
        Assert.All(
            ["mend.edit.duration", "mend.cluster.wire", "http.server.request.duration", "dotnet.gc.collections"],
            name => Assert.Contains(name, collector.Metrics));
    }

    private static int Value(string metrics, string series) => int.Parse(Regex.Match(metrics, $"{series}}} ([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);
}
