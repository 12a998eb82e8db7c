using Mend.Editing;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Sharding.Tests.Families;

/// <summary>Whether a head is the table of embeddings is what the weights say; config.json is often wrong about it.</summary>
public sealed class TiedHeadTests
{
    /// <summary>Hugging Face's library writes from version 5 on that every T5 is tied, and what decides in an option of its own.</summary>
    [Theory]
    [InlineData("t5_v1_1", false)]
    [InlineData("t5", true)]
    public async Task Load_T5SavedByTransformers5_ComputesTheSame(string name, bool scaled)
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of(
            name,
            config =>
            {
                config["scale_decoder_outputs"] = scaled;
                config["tie_word_embeddings"] = true;
            },
            _ => { });

        await CompareAsync(name, copy.Path);
    }

    [Theory]
    [InlineData("gpt2", "lm_head.weight", "transformer.wte.weight")]
    [InlineData("bart", "lm_head.weight", "model.shared.weight")]
    [InlineData("families/gemma2", "lm_head.weight", "model.embed_tokens.weight")]
    public async Task Load_TiedWithTheTableTwice_ComputesTheSameAndSaysNothing(string name, string head, string table)
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of(name, _ => { }, tensors => tensors[head] = tensors[table]);
        using ModelFolder model = ModelFolder.Open(copy.Path);

        Assert.Empty(model.Architecture.Notes);
        Assert.Equal(-1, model.Architecture.StageOf(head));
        await CompareAsync(name, copy.Path);
    }

    /// <summary>With the table doubled in the head, all logits are twice as large.</summary>
    [Theory]
    [InlineData("gpt2", "lm_head.weight", "transformer.wte.weight")]
    [InlineData("families/gemma3_text", "lm_head.weight", "model.embed_tokens.weight")]
    [InlineData("families/falcon", "lm_head.weight", "transformer.word_embeddings.weight")]
    [InlineData("t5", "lm_head.weight", "shared.weight")]
    public async Task Load_TiedWithAHeadOfItsOwn_UsesItAndSaysSo(string name, string head, string table)
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of(
            name, _ => { }, tensors => tensors[head] = (tensors[table].Shape, Array.ConvertAll(tensors[table].Values, x => 2 * x)));
        using FamilyModel original = new(name);
        using FamilyModel model = new(name, copy.Path);
        EditRecord record = (await original.RecordsAsync(1))[0];

        Assert.Contains($"'{head}' with values of its own, which is used", Assert.Single(model.Architecture.Notes), StringComparison.Ordinal);
        Assert.Equal(Array.ConvertAll(await original.LogitsAsync(record, []), x => 2 * x), await model.LogitsAsync(record, []));
    }

    [Fact]
    public async Task Load_UntiedWithoutAHead_UsesTheTableAndSaysSo()
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of("gpt2", config => config["tie_word_embeddings"] = false, _ => { });
        using ModelFolder model = ModelFolder.Open(copy.Path);

        Assert.Contains("the table 'transformer.wte.weight' is used", Assert.Single(model.Architecture.Notes), StringComparison.Ordinal);
        await CompareAsync("gpt2", copy.Path);
    }

    /// <summary>A classifier's weights have no head for tokens because they say none, not because it is the table.</summary>
    [Theory]
    [InlineData("LlamaModel")]
    [InlineData("LlamaForSequenceClassification")]
    public void Load_WeightsOfAModelThatSaysNoTokens_IsRefused(string kind)
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of(
            "llama", config => config["architectures"] = new System.Text.Json.Nodes.JsonArray(kind), tensors => tensors.Remove("lm_head.weight"));

        Assert.Contains($"the weights of a {kind}", Assert.Throws<ModelException>(() => ModelFolder.Open(copy.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_WeightsInFloat64_ComputesTheSameAndExportsThem()
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of("gpt2");
        using (Checkpoint source = Checkpoint.Open(ModelFixtures.Folder("gpt2")))
        {
            SafetensorsWriter.Write(
                Path.Combine(copy.Path, Checkpoint.SingleFile),
                [.. source.Tensors.Values.Select(t => new TensorData(t.Name, DType.F64, t.Shape, StoredTensorReading.Doubles(t.Name, Array.ConvertAll(t.ToFloats(), x => (double)x)).Write))]);
        }

        await CompareAsync("gpt2", copy.Path);

        using ModelFolder model = ModelFolder.Open(copy.Path);
        IReadOnlyList<EditFactors> edit = RandomFactors.Of(model.Architecture, 1);
        string target = copy.Path + "-exported";
        try
        {
            IReadOnlyList<ExportedTensor> written = EditedCheckpoint.Write(model, edit, ModelFixtures.Engine, target, asFloat32: false, default);
            Assert.All(written, t => Assert.Equal(DType.F32, t.Type));
            using FamilyModel edited = new("gpt2", target), original = new("gpt2");
            EditRecord record = (await original.RecordsAsync(1))[0];
            Close(await original.LogitsAsync(record, edit), await edited.LogitsAsync(record, []));
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }

    /// <summary>Tensors of a type that nothing reads stay where they are, in the export as well.</summary>
    [Fact]
    public void Export_TensorOfAnotherType_StaysInTheIndex()
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of("gpt2");
        AddUnread(Path.Combine(copy.Path, Checkpoint.SingleFile));
        using ModelFolder model = ModelFolder.Open(copy.Path);
        string target = copy.Path + "-exported";
        try
        {
            EditedCheckpoint.Write(model, RandomFactors.Of(model.Architecture, 1), ModelFixtures.Engine, target, asFloat32: false, default);
            using Checkpoint exported = Checkpoint.Open(target);
            Assert.Equal("F8_E4M3", Assert.Single(exported.Unread.Values).Type);
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }

    /// <summary>Puts a tensor of 8-bit floats behind the others.</summary>
    private static void AddUnread(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        int length = (int)BitConverter.ToInt64(bytes);
        System.Text.Json.Nodes.JsonObject header = System.Text.Json.Nodes.JsonNode.Parse(bytes.AsSpan(8, length))!.AsObject();
        int data = bytes.Length - 8 - length;
        header["scale"] = new System.Text.Json.Nodes.JsonObject { ["dtype"] = "F8_E4M3", ["shape"] = new System.Text.Json.Nodes.JsonArray(4), ["data_offsets"] = new System.Text.Json.Nodes.JsonArray(data, data + 4) };
        byte[] json = System.Text.Encoding.UTF8.GetBytes(header.ToJsonString());
        File.WriteAllBytes(file, [.. BitConverter.GetBytes((long)json.Length), .. json, .. bytes.AsSpan(8 + length), 1, 2, 3, 4]);
    }

    private static async Task CompareAsync(string name, string folder)
    {
        using FamilyModel original = new(name);
        using FamilyModel model = new(name, folder);
        EditRecord record = (await original.RecordsAsync(1))[0];

        Assert.Equal(await original.LogitsAsync(record, []), await model.LogitsAsync(record, []));
    }

    private static void Close(float[] expected, float[] actual)
    {
        float most = expected.Max(Math.Abs);
        Assert.All(expected, (x, i) => Assert.True(Math.Abs(x - actual[i]) <= 2e-5 * most, $"{x} and {actual[i]} at {i}"));
    }
}
