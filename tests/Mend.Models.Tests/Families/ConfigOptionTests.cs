using System.Text.Json.Nodes;

namespace Mend.Models.Tests.Families;

/// <summary>Options that a family does not know, or knows at other values, are errors that name them.</summary>
public sealed class ConfigOptionTests
{
    public static TheoryData<string> OneOfEachFamily =>
        ["gpt2-xl", "gpt-neo-2.7B", "gpt-j-6B", "t5-xl", "bart-base", "bert-base", "llama-3-8b", "mistral-7b", "qwen2.5-14b", "qwen3-8b"];

    [Theory]
    [MemberData(nameof(OneOfEachFamily))]
    public void Describe_UnknownOption_IsAnErrorThatNamesIt(string name) =>
        Assert.Contains("attn_logit_softcapping", Refuse(name, ("attn_logit_softcapping", 50.0)).Message, StringComparison.Ordinal);

    /// <summary>Older versions of Hugging Face's library write these into every configuration.</summary>
    [Theory]
    [MemberData(nameof(OneOfEachFamily))]
    public void Describe_WiringThatIsNotThere_IsAcceptedAsFalseOnly(string name)
    {
        string[] options = ["is_decoder", "add_cross_attention", "tie_encoder_decoder"];

        ModelFamilies.Describe(Changed(name, [.. options.Select(o => (o, (JsonNode)false))]));

        Assert.All(options, option => Assert.Contains(option, Refuse(name, (option, true)).Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("rope_scaling")]
    [InlineData("rope_parameters")]
    public void Describe_UnknownOptionOfARopeScaling_IsAnErrorThatNamesIt(string section)
    {
        JsonObject scaling = new() { ["rope_type"] = "linear", ["factor"] = 2.0, ["short_factor"] = 3.0 };

        Assert.Contains("short_factor", Refuse("llama-3-8b", (section, scaling)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mrope")]
    [InlineData("ntk")]
    public void Describe_UnsupportedRopeScaling_NamesTheSupportedOnes(string type)
    {
        JsonObject scaling = new() { ["type"] = type, ["factor"] = 2.0 };

        Assert.Contains("linear, dynamic, llama3, yarn, longrope", Refuse("llama-3-8b", ("rope_scaling", scaling)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_BertWithThreeLabels_SaysThatOneIsSupported() =>
        Assert.Contains("3 labels", Refuse("bert-base", ("num_labels", 3)).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_BertWithRelativePositions_SaysWhatIsSupported() =>
        Assert.Contains("absolute", Refuse("bert-base", ("position_embedding_type", "relative_key")).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_T5WhoseOptionsContradictEachOther_IsAnError() =>
        Assert.Contains("dense_act_fn", Refuse("t5-xl", ("dense_act_fn", "relu")).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_BartWithNormsBeforeEachPart_IsAnError() =>
        Assert.Contains("normalize_before", Refuse("bart-base", ("normalize_before", true)).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_GptNeoWithTooFewAttentionTypes_NamesBothCounts()
    {
        JsonArray types = [new JsonArray(new JsonArray("global", "local"), 8)];

        string message = Refuse("gpt-neo-2.7B", ("attention_types", types)).Message;

        Assert.Contains("16 layers", message, StringComparison.Ordinal);
        Assert.Contains("num_layers = 32", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_LayerTypesOfAnotherLength_IsAnError() =>
        Assert.Contains("1 of 48", Refuse("qwen2.5-14b", ("layer_types", new JsonArray("full_attention"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Describe_GptJWithOddRotaryDim_IsAnError() =>
        Assert.Contains("rotary_dim = 63", Refuse("gpt-j-6B", ("rotary_dim", 63)).Message, StringComparison.Ordinal);

    private static ModelException Refuse(string name, params (string Option, JsonNode Value)[] changes) =>
        Assert.Throws<ModelException>(() => ModelFamilies.Describe(Changed(name, changes)));

    private static ConfigReader Changed(string name, params (string Option, JsonNode Value)[] changes)
    {
        string file = Fixtures.Path("configs", name, "config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        foreach ((string option, JsonNode value) in changes)
        {
            config[option] = value;
        }

        return ConfigReader.Parse(file, config.ToJsonString());
    }
}
