using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mend.Deploy.Tests;

/// <summary>The schema of the chart's values knows every key, and refuses what is wrong by its path.</summary>
public sealed class ChartSchemaTests(TemporaryFolder folder) : IClassFixture<TemporaryFolder>
{
    private static readonly JsonObject Schema = JsonNode.Parse(File.ReadAllText(Path.Combine(Chart.Folder, "values.schema.json")))!.AsObject();

    [Fact]
    public void Keys_OfTheSchema_AreThoseOfTheValues() =>
        Assert.Equal(
            ValuesDocument.Read().Keys.Select(k => k.Path),
            Leaves(Schema, []).Select(l => string.Join('.', l.Path)).Where(p => p != "global" && !p.Contains(".resources.", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
                .Union(ValuesDocument.Read().Keys.Select(k => k.Path).Where(p => p.EndsWith(".resources", StringComparison.Ordinal))).Order(StringComparer.Ordinal));

    [HelmFact]
    public async Task Template_WrongValueOfEveryKey_IsRefusedByItsPath()
    {
        JsonObject wrong = [];
        List<string> paths = [];
        foreach ((IReadOnlyList<string> path, JsonNode leaf) in Leaves(Schema, []))
        {
            Put(wrong, path, Wrong(leaf));
            paths.Add("/" + string.Join('/', path));
        }

        string refused = await RefusedAsync(wrong);

        Assert.All(paths, path => Assert.Contains($"at '{path}'", refused, StringComparison.Ordinal));
    }

    [HelmFact]
    public async Task Template_KeyThatThereIsNot_IsRefusedAtEveryLevel()
    {
        JsonObject unknown = [];
        List<IReadOnlyList<string>> closed = [.. Objects(Schema, [])];
        closed.ForEach(path => Put(unknown, [.. path, "noSuchKey"], 1));

        string refused = await RefusedAsync(unknown);

        Assert.All(closed, path => Assert.Contains($"at '{string.Concat(path.Select(p => "/" + p))}': additional properties 'noSuchKey' not allowed", refused, StringComparison.Ordinal));
    }

    [HelmTheory]
    [InlineData("shards=0", "at '/shards'")]
    [InlineData("images.silo.tag=latest", "at '/images/silo/tag'")]
    [InlineData("model.name=a/b", "at '/model/name'")]
    [InlineData("silo.engine=gpu", "at '/silo/engine'")]
    [InlineData("silo.drainSeconds=1", "at '/silo/drainSeconds'")]
    [InlineData("silo.settings.QueueLimit=1", "propertyName 'QueueLimit'")]
    [InlineData("silo.logLevels.Mend=Loud", "at '/silo/logLevels/Mend'")]
    [InlineData("postgresql.port=70000", "at '/postgresql/port'")]
    [InlineData("telemetry.otlp=collector:4317", "at '/telemetry/otlp'")]
    [InlineData("model.source.copy.sizeLimit=many", "at '/model/source/copy/sizeLimit'")]
    public async Task Template_RightTypeWrongValue_IsRefused(string set, string said)
    {
        (int code, _, string error) = await Chart.TemplateAsync(["--values", Chart.ValuesFile("defaults"), "--set", set]);

        Assert.NotEqual(0, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }

    private async Task<string> RefusedAsync(JsonObject values)
    {
        string file = folder.With("values.json", values)["values.json"];
        (int code, _, string error) = await Chart.TemplateAsync(["--values", Chart.ValuesFile("defaults"), "--values", file]);
        Assert.NotEqual(0, code);
        return error;
    }

    /// <summary>A value of another kind than the key's.</summary>
    private static JsonNode Wrong(JsonNode schema) => schema["type"]?.GetValue<string>() switch
    {
        "object" or "array" or "boolean" or "integer" => "wrong",
        _ => 4.5,
    };

    private static IEnumerable<(IReadOnlyList<string> Path, JsonNode Schema)> Leaves(JsonNode schema, string[] path) =>
        schema["properties"] is JsonObject properties ? properties.SelectMany(p => Leaves(p.Value!, [.. path, p.Key])) : [(path, schema)];

    private static IEnumerable<IReadOnlyList<string>> Objects(JsonNode schema, string[] path) =>
        schema["properties"] is JsonObject properties ? [path, .. properties.SelectMany(p => Objects(p.Value!, [.. path, p.Key]))] : [];

    private static void Put(JsonObject into, IReadOnlyList<string> path, JsonNode value)
    {
        foreach (string name in path.SkipLast(1))
        {
            into = (into[name] ??= new JsonObject()).AsObject();
        }

        into[path[^1]] = value;
    }
}
