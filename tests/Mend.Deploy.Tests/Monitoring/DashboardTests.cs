using System.Text.Json;

namespace Mend.Deploy.Tests;

/// <summary>Dashboards and alerts ask for metrics and labels that silos and gateways have.</summary>
public sealed class DashboardTests(LiveCluster cluster) : IClassFixture<LiveCluster>
{
    [PrometheusFact]
    public async Task Metrics_OfAllExpressions_ExistWithTheirLabels()
    {
        Assert.All(await cluster.QueryAsync("up"), up => Assert.Equal("1", up.GetProperty("value")[1].GetString()));
        Dictionary<string, HashSet<string>> known = [];
        foreach ((string where, string expression, string legend) in Queries.All)
        {
            (IReadOnlySet<string> metrics, IReadOnlySet<string> labels) = Queries.Names(expression, legend);
            Assert.NotEmpty(metrics);
            HashSet<string> there = [];
            foreach (string metric in metrics)
            {
                if (!known.TryGetValue(metric, out HashSet<string>? has))
                {
                    known[metric] = has = [.. (await cluster.QueryAsync(metric)).SelectMany(s => s.GetProperty("metric").EnumerateObject()).Select(l => l.Name)];
                }

                Assert.True(has.Contains("mend_cluster"), $"{where}: there is no {metric}.");
                there.UnionWith(has);
            }

            Assert.True(labels.All(there.Contains), $"{where}: of {string.Join(", ", labels)} there are {string.Join(", ", labels.Where(there.Contains))} on {string.Join(", ", metrics)}.");
        }
    }

    [PrometheusFact]
    public async Task Panels_UnderLoad_ShowSomething()
    {
        foreach ((string where, string expression, _) in Queries.All.Where(q => !q.Where.StartsWith("Mend", StringComparison.Ordinal)))
        {
            IReadOnlyList<JsonElement> shown = await cluster.QueryAsync(expression);
            Assert.True(shown.Count > 0, $"{where} shows nothing: {expression}");
        }

        Assert.Equal("0", (await cluster.QueryAsync(Queries.All.Single(q => q.Where == "Uncovered blocks").Expression)).Single().GetProperty("value")[1].GetString());
        Assert.All(await cluster.QueryAsync(Queries.All.Single(q => q.Where == "Version lag").Expression), s => Assert.Equal("0", s.GetProperty("value")[1].GetString()));
    }

    [Fact]
    public void Dashboards_Panels_AreLaidOutWithoutOverlap()
    {
        foreach (string file in Directory.EnumerateFiles(Tool.File("deploy", "grafana", "dashboards")))
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(file));
            List<(int X, int Y, int Id)> cells =
            [
                .. from panel in document.RootElement.GetProperty("panels").EnumerateArray()
                   let at = panel.GetProperty("gridPos")
                   from x in Enumerable.Range(at.GetProperty("x").GetInt32(), at.GetProperty("w").GetInt32())
                   from y in Enumerable.Range(at.GetProperty("y").GetInt32(), at.GetProperty("h").GetInt32())
                   select (x, y, panel.GetProperty("id").GetInt32()),
            ];
            Assert.All(cells, c => Assert.InRange(c.X, 0, 23));
            Assert.Equal(cells.Count, cells.Select(c => (c.X, c.Y)).Distinct().Count());
        }
    }
}
