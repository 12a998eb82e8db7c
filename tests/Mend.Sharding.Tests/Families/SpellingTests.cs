using Mend.Editing;

namespace Mend.Sharding.Tests.Families;

/// <summary>The names that published checkpoints give to the same parameters all load, and compute the same.</summary>
public sealed class SpellingTests
{
    [Theory]
    [InlineData("gpt2", "transformer.", "")]
    [InlineData("gpt_neo", "transformer.", "")]
    [InlineData("gptj", "transformer.", "")]
    [InlineData("llama", "model.", "")]
    [InlineData("bart", "model.", "")]
    [InlineData("bart", "model.shared.weight", "model.encoder.embed_tokens.weight")]
    [InlineData("bart", "model.shared.weight", "decoder.embed_tokens.weight")]
    [InlineData("t5", "shared.weight", "encoder.embed_tokens.weight")]
    [InlineData("t5_v1_1", "shared.weight", "decoder.embed_tokens.weight")]
    [InlineData("bert_classifier", "bert.", "")]
    [InlineData("bert_classifier", "bert.", "model.")]
    public async Task Load_OtherSpelling_ComputesTheSame(string name, string full, string other)
    {
        await CompareAsync(name, n => n.StartsWith(full, StringComparison.Ordinal) ? other + n[full.Length..] : n);
    }

    [Theory]
    [InlineData("")]
    [InlineData("bert.")]
    public async Task Load_BertFromTensorFlow_ComputesTheSame(string prefix) => await CompareAsync("bert_classifier", name =>
        (name.StartsWith("bert.", StringComparison.Ordinal) ? prefix + name[5..] : name)
            .Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal)
            .Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal));

    [Fact]
    public async Task Load_BartWithoutLogitsBias_TakesItAsZero()
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of("bart", name => name == "final_logits_bias" ? null : name);
        using FamilyModel original = new("bart");
        using FamilyModel model = new("bart", copy.Path);
        EditRecord record = (await original.RecordsAsync(1))[0];

        float[] with = await original.LogitsAsync(record, []);
        float[] without = await model.LogitsAsync(record, []);

        using Mend.Tensors.Checkpoint checkpoint = Mend.Tensors.Checkpoint.Open(ModelFixtures.Folder("bart"));
        float[] bias = Mend.Tensors.StoredTensorReading.ToFloats(checkpoint.Get("final_logits_bias"));
        Assert.All(with, (logit, i) => Assert.Equal(logit, without[i] + bias[i % bias.Length]));
    }

    private static async Task CompareAsync(string name, Func<string, string?> rename)
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of(name, rename);
        using FamilyModel original = new(name);
        using FamilyModel model = new(name, copy.Path);
        EditRecord record = (await original.RecordsAsync(1))[0];

        Assert.Equal(await original.LogitsAsync(record, []), await model.LogitsAsync(record, []));
        Assert.All(model.Architecture.DefaultEditedLayers, layer => Assert.Contains(model.Chain.Shards, s => s.Layers.ContainsKey(layer)));
    }
}
