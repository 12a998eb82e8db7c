using System.Text.Json.Nodes;
using Mend.Editing;
using Mend.Tensors;

namespace Mend.Sharding.Tests.Families;

/// <summary>
/// Options that no recorded values cover, by pairs of checkpoints that must compute the same: a tied head is an untied copy of the
/// table, a scaled embedding is a scaled table, and so on.
/// </summary>
public sealed class EquivalentOptionsTests
{
    private static readonly float Root = MathF.Sqrt(32);

    [Theory]
    [InlineData("gpt2", "transformer.wte.weight", 1f)]
    [InlineData("gpt_neo", "transformer.wte.weight", 1f)]
    [InlineData("bart", "model.shared.weight", 1f)]
    [InlineData("t5", "shared.weight", 0.17677669529663687f)] // the tied head's 1/√32, in the table
    public Task Untied_HeadIsACopyOfTheTable_ComputesTheSame(string name, string table, float factor) => AgreeAsync(
        name, _ => { }, _ => { }, c => c["tie_word_embeddings"] = false, t => t["lm_head.weight"] = Scaled(t[table], factor));

    [Theory]
    [InlineData("llama", "model.embed_tokens.weight")]
    [InlineData("gptj", "transformer.wte.weight")]
    public Task Tied_HeadIsACopyOfTheTable_ComputesTheSame(string name, string table) => AgreeAsync(
        name, c => c["tie_word_embeddings"] = true, t => t.Remove("lm_head.weight"), _ => { }, t => t["lm_head.weight"] = t[table]);

    [Fact]
    public Task T5_TiedAndGated_ScalesTheLogits() => AgreeAsync(
        "t5_v1_1", c => c["tie_word_embeddings"] = true, t => t.Remove("lm_head.weight"), _ => { }, t => t["lm_head.weight"] = Scaled(t["shared.weight"], 1 / Root));

    [Fact]
    public Task Bart_ScaledEmbedding_IsAScaledTable() => AgreeAsync(
        "bart",
        c => c["scale_embedding"] = true,
        _ => { },
        c => c["tie_word_embeddings"] = false,
        t =>
        {
            t["lm_head.weight"] = t["model.shared.weight"];
            t["model.shared.weight"] = Scaled(t["model.shared.weight"], Root);
        });

    [Fact]
    public Task GptNeo_AttentionLayersWrittenOut_MeanTheSame() => AgreeAsync(
        "gpt_neo", _ => { }, _ => { }, c => c.Remove("attention_types"), _ => { });

    [Fact]
    public Task GptNeo_WindowAsLongAsTheText_IsGlobalAttention() => AgreeAsync(
        "gpt_neo",
        c => c["window_size"] = 48,
        _ => { },
        c =>
        {
            c.Remove("attention_layers");
            c["attention_types"] = new JsonArray(new JsonArray(new JsonArray("global"), 4));
        },
        _ => { });

    [Fact]
    public Task Gpt2_UnscaledAttention_IsScaledQueries() => AgreeAsync(
        "gpt2",
        c => c["scale_attn_weights"] = false,
        _ => { },
        _ => { },
        t =>
        {
            // Queries are the first third of the columns; heads have 8 entries.
            foreach (string name in t.Keys.Where(k => k.Contains("attn.c_attn", StringComparison.Ordinal)).ToList())
            {
                int columns = t[name].Shape.Last;
                t[name] = (t[name].Shape, [.. t[name].Values.Select((v, i) => i % columns < columns / 3 ? v * MathF.Sqrt(8) : v)]);
            }
        });

    [Fact]
    public Task Llama_LinearScalingByOne_IsNone() => AgreeAsync(
        "llama",
        c => c["rope_scaling"] = new JsonObject { ["type"] = "linear", ["factor"] = 1.0 },
        _ => { },
        c => c["rope_parameters"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = 10000.0 },
        _ => { });

    [Fact]
    public Task Llama_UnderTheNameOfMistralWithoutAWindow_ComputesTheSame() => AgreeAsync(
        "llama",
        _ => { },
        _ => { },
        c =>
        {
            c["model_type"] = "mistral";
            c["sliding_window"] = null;
        },
        _ => { });

    private static (Shape Shape, float[] Values) Scaled((Shape Shape, float[] Values) tensor, float factor) =>
        (tensor.Shape, Array.ConvertAll(tensor.Values, v => v * factor));

    private static async Task AgreeAsync(
        string name,
        Action<JsonObject> configureOne,
        Action<Dictionary<string, (Shape Shape, float[] Values)>> changeOne,
        Action<JsonObject> configureOther,
        Action<Dictionary<string, (Shape Shape, float[] Values)>> changeOther)
    {
        using TemporaryCheckpoint first = TemporaryCheckpoint.Of(name, configureOne, changeOne);
        using TemporaryCheckpoint second = TemporaryCheckpoint.Of(name, configureOther, changeOther);
        using FamilyModel one = new(name, first.Path);
        using FamilyModel other = new(name, second.Path);
        EditRecord record = (await one.RecordsAsync(1))[0];

        float[] expected = await one.LogitsAsync(record, []);
        float[] actual = await other.LogitsAsync(record, []);

        float scale = expected.Max(Math.Abs);
        Assert.All(expected, (logit, i) => Assert.InRange(actual[i], logit - (1e-5f * scale), logit + (1e-5f * scale)));
    }
}
