using System.Text.Json;
using System.Text.Json.Nodes;
using Mend.Models.Execution;
using Mend.Models.Gguf;
using Mend.Tensors;

namespace Mend.Models.Tests.Gguf;

public sealed class GgufModelTests
{
    /// <summary>Options that the reference has from elsewhere: the tokenizer, or what the layout implies.</summary>
    private static readonly string[] FromElsewhere = ["bos_token_id", "eos_token_id", "rope_parameters", "head_dim", "mlp_bias", "attention_bias"];

    [Theory]
    [MemberData(nameof(GgufCases.Names), MemberType = typeof(GgufCases))]
    public void Config_Fixture_IsThatOfTheReference(string name)
    {
        using GgufModel model = GgufModel.Open(GgufCases.Path(name));
        JsonObject config = GgufConfig.Make(model);
        JsonElement expected = GgufCases.File(name).GetProperty("config");

        foreach (JsonProperty option in expected.EnumerateObject().Where(o => !FromElsewhere.Contains(o.Name)))
        {
            Assert.True(config.ContainsKey(option.Name), option.Name);
            if (option.Value.ValueKind == JsonValueKind.Number)
            {
                Assert.Equal((float)option.Value.GetDouble(), (float)JsonSerializer.Deserialize<double>(config[option.Name]), 0f);
            }
            else
            {
                Assert.Equal(option.Value.GetRawText(), config[option.Name]!.ToJsonString());
            }
        }

        if (expected.TryGetProperty("rope_parameters", out JsonElement rotary) && rotary.GetProperty("rope_type").GetString() == "llama3")
        {
            Assert.Equal(24, JsonSerializer.Deserialize<int>(config["head_dim"]));
            foreach (JsonProperty option in rotary.EnumerateObject().Where(o => o.Name != "rope_theta"))
            {
                JsonElement found = JsonSerializer.Deserialize<JsonElement>(config["rope_scaling"]![option.Name]!.ToJsonString());
                Assert.True(found.ToString() == option.Value.ToString() || found.GetDouble() == option.Value.GetDouble(), option.Name);
            }
        }
    }

    [Fact]
    public void Open_Fixture_ReadsQuantizedMatricesWhereTheyLie()
    {
        using ModelFolder model = ModelFolder.Open(GgufCases.Path("q4_k"));
        StoredTensor matrix = model.Checkpoint.Get("model.layers.0.mlp.down_proj.weight");

        Assert.Equal(DType.Q4_K, matrix.Type);
        Assert.Equal(GgufCases.Path("q4_k"), matrix.File);
        Assert.Equal("llama", model.Architecture.Family);
        Assert.Equal(["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json"], model.Description().Keys.Order(StringComparer.Ordinal));
        Assert.Equal(model.Fingerprint(), model.Fingerprint());
    }

    [Fact]
    public void Fingerprint_AnotherByteOfAMatrix_Differs()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = File.ReadAllBytes(GgufCases.Path("q8_0"));
        bytes[GgufCases.File("q8_0").GetProperty("tensors").GetProperty("token_embd.weight")[2].GetInt32() + 2] ^= 1;
        File.WriteAllBytes(folder["a.gguf"], bytes);
        using ModelFolder changed = ModelFolder.Open(folder["a.gguf"]);
        using ModelFolder original = ModelFolder.Open(GgufCases.Path("q8_0"));
        Assert.Contains(original.Fingerprint().DifferencesFrom(changed.Fingerprint()), d => d.StartsWith("weights", StringComparison.Ordinal));
    }

    [Fact]
    public void Open_SplitIntoFiles_ReadsAllFromAnyOfThem()
    {
        using TemporaryFolder folder = new();
        GgufBuilder.Split(GgufCases.Path("bf16"), folder["m"], parts: 3);
        foreach (int named in new[] { 1, 3 })
        {
            using ModelFolder model = ModelFolder.Open(folder[$"m-0000{named}-of-00003.gguf"]);
            Assert.Equal(3, model.Checkpoint.Tensors.Values.Select(t => t.File).Distinct().Count());
            Assert.All(model.Architecture.Stages.SelectMany(s => s.Parameters), p => StoredParameters.Get(model.Checkpoint, p.Name, p.Stored));
            Assert.Equal([44], model.Tokenizer.Encode("H"));
        }
    }

    [Fact]
    public void Open_SplitFileMissingOrRenamed_SaysWhich()
    {
        using TemporaryFolder folder = new();
        GgufBuilder.Split(GgufCases.Path("bf16"), folder["m"], parts: 2);
        File.Move(folder["m-00002-of-00002.gguf"], folder["other.gguf"]);
        Assert.Contains("m-00002-of-00002.gguf' does not exist", Assert.Throws<CheckpointException>(() => ModelFolder.Open(folder["m-00001-of-00002.gguf"])).Message, StringComparison.Ordinal);
        Assert.Contains("llama-gguf-split --merge", Assert.Throws<CheckpointException>(() => ModelFolder.Open(folder["other.gguf"])).Message, StringComparison.Ordinal);
        File.Copy(folder["m-00001-of-00002.gguf"], folder["m-00002-of-00002.gguf"]);
        Assert.Contains("do not belong together", Assert.Throws<CheckpointException>(() => ModelFolder.Open(folder["m-00001-of-00002.gguf"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("architecture", "mamba", "'mamba'")]
    [InlineData("key", "llama.attention.clamp_kqv", "llama.attention.clamp_kqv")]
    [InlineData("experts", "llama.expert_count", "expert")]
    [InlineData("scaling", "llama.rope.scaling.type", "'ntk'")]
    [InlineData("tensor", "blk.0.attn_sinks.weight", "blk.0.attn_sinks.weight")]
    [InlineData("width", "", "llama.embedding_length = 65")]
    [InlineData("heads", "", "more than its width 64")]
    [InlineData("missing", "", "lacks llama.embedding_length")]
    [InlineData("nan", "", "llama.rope.freq_base")]
    public void Open_WhatMayChangeTheModel_IsRefusedByName(string what, string name, string words)
    {
        using TemporaryFolder folder = new();
        GgufBuilder builder = new GgufBuilder()
            .Text("general.architecture", what == "architecture" ? name : "llama")
            .Integer("llama.block_count", 1).Integer("llama.feed_forward_length", 8).Integer("llama.context_length", 16).Integer("llama.attention.head_count", what == "heads" ? 128u : 2)
            .Integer("llama.attention.head_count_kv", 2).Number("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .Tensor("token_embd.weight", [4, 64], new float[256]).Tensor("blk.0.attn_norm.weight", [64], new float[64]);
        builder = what == "missing" ? builder : builder.Integer("llama.embedding_length", what == "width" ? 65u : 64);
        builder = what switch
        {
            "key" => builder.Number(name, 8),
            "experts" => builder.Integer(name, 8),
            "scaling" => builder.Text(name, "ntk"),
            "tensor" => builder.Tensor(name, [2], new float[2]),
            "nan" => builder.Number("llama.rope.freq_base", float.NaN),
            _ => builder,
        };
        string path = builder.Write(folder["a.gguf"]);
        ModelException e = Assert.Throws<ModelException>(() => ModelFolder.Open(path));
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OrderOf_LlamaAndGpt2_SaysHowHuggingFaceHasThem()
    {
        using ModelFolder llama = ModelFolder.Open(GgufCases.Path("q8_0"));
        using ModelFolder gpt2 = ModelFolder.Open(GgufCases.Path("gpt2"));

        Assert.Equal(new TensorOrder(false, 16), llama.OrderOf("model.layers.1.self_attn.k_proj.weight"));
        Assert.Equal(default, llama.OrderOf("model.layers.1.self_attn.v_proj.weight"));
        Assert.Equal(new TensorOrder(true, 0), gpt2.OrderOf("transformer.h.0.mlp.c_fc.weight"));
        Assert.Equal(default, gpt2.OrderOf("transformer.wte.weight"));
    }

    [Theory]
    [InlineData(1.0, 8.0, 4096)]
    [InlineData(500000.0, 32.0, 8192)]
    public void Config_DivisorsOfFrequencies_AreLlama3sOptionsOrLists(double theta, double factor, int original)
    {
        RotaryFrequencies plain = RotaryFrequencies.Plain(64, theta == 1 ? 10000 : theta);
        float[] divisors = [.. plain.PerPosition.Zip(plain.Llama3(factor, 1, 4, original).PerPosition, (p, s) => (float)(p / s))];
        JsonObject found = Scaling(divisors, theta == 1 ? 10000 : theta);
        Assert.Equal(("llama3", factor, (double)original), ((string)found["rope_type"]!, (double)found["factor"]!, (double)(long)found["original_max_position_embeddings"]!));

        divisors[3] *= 1.5f;
        JsonObject other = Scaling(divisors, theta == 1 ? 10000 : theta);
        Assert.Equal("longrope", (string)other["rope_type"]!);
        Assert.Equal(divisors, other["long_factor"]!.AsArray().Select(d => (float)d!));
    }

    /// <summary>The option rope_scaling of a model that divides its frequencies.</summary>
    private static JsonObject Scaling(float[] divisors, double theta)
    {
        using TemporaryFolder folder = new();
        string path = new GgufBuilder().Text("general.architecture", "llama")
            .Integer("llama.block_count", 1).Integer("llama.embedding_length", 128).Integer("llama.feed_forward_length", 8).Integer("llama.context_length", 16)
            .Integer("llama.attention.head_count", 2).Integer("llama.attention.head_count_kv", 2).Number("llama.attention.layer_norm_rms_epsilon", 1e-5f)
            .Number("llama.rope.freq_base", (float)theta).Tensor("rope_freqs.weight", [divisors.Length], divisors)
            .Tensor("token_embd.weight", [4, 128], new float[512]).Tensor("blk.0.attn_norm.weight", [128], new float[128]).Write(folder["a.gguf"]);
        using GgufModel model = GgufModel.Open(path);
        return GgufConfig.Make(model)["rope_scaling"]!.AsObject();
    }
}
