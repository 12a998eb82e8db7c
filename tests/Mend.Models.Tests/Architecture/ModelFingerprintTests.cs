using System.Text.Json.Nodes;
using Mend.Testing;

namespace Mend.Models.Tests.Architecture;

/// <summary>Whatever changes what a model computes, or what its ids mean, changes its fingerprint.</summary>
public sealed class ModelFingerprintTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ModelFingerprintTests()
    {
        foreach (string file in new[] { "config.json", "model.safetensors" })
        {
            File.Copy(Fixtures.Path("models", "gpt2", file), _folder[file]);
        }

        _folder.From("gpt2_bpe", "vocab.json", "merges.txt");
    }

    [Fact]
    public void Fingerprint_SameFiles_AreTheSame() => Assert.Empty(Differences(() => { }));

    [Fact]
    public void Fingerprint_OtherNumberOfHeads_Differs() =>
        Assert.StartsWith("options: ", Assert.Single(Differences(() => Change("config.json", config => config["n_head"] = (int)config["n_head"]! / 2))), StringComparison.Ordinal);

    [Fact]
    public void Fingerprint_OptionThatChangesNothing_IsTheSame() =>
        Assert.Empty(Differences(() => Change("config.json", config => config["transformers_version"] = "9.9")));

    [Fact]
    public void Fingerprint_TwoTokensSwapped_Differs() => Assert.StartsWith("tokenizer: ", Assert.Single(Differences(() => Change("vocab.json", tokens =>
    {
        (int a, int b) = ((int)tokens["a"]!, (int)tokens["b"]!);
        tokens["a"] = b;
        tokens["b"] = a;
    }))), StringComparison.Ordinal);

    [Fact]
    public void Fingerprint_OneEmbeddingChanged_Differs() => Assert.StartsWith("content: ", Assert.Single(Differences(() =>
    {
        // Between two of the places that are sampled.
        byte[] bytes = File.ReadAllBytes(_folder["model.safetensors"]);
        bytes[Start(bytes, "transformer.wte.weight") + 300] ^= 1;
        File.WriteAllBytes(_folder["model.safetensors"], bytes);
    })), StringComparison.Ordinal);

    [Fact]
    public void DifferencesFrom_PartThatAnEarlierReleaseLacked_IsNotOne()
    {
        BaseModelFingerprint earlier = new("m", new Dictionary<string, string> { ["weights"] = "a" });
        BaseModelFingerprint later = new("m", new Dictionary<string, string> { ["weights"] = "a", ["content"] = "b" });

        Assert.Equal(earlier, later);
        Assert.Equal(earlier.GetHashCode(), later.GetHashCode());
        Assert.Single(later.DifferencesFrom(new BaseModelFingerprint("m", new Dictionary<string, string> { ["weights"] = "a", ["content"] = "c" })));
        Assert.Single(later.DifferencesFrom(new BaseModelFingerprint("m", new Dictionary<string, string> { ["content"] = "b" })));
    }

    public void Dispose() => _folder.Dispose();

    private static long Start(byte[] file, string tensor)
    {
        int header = (int)BitConverter.ToInt64(file);
        JsonNode offsets = JsonNode.Parse(file.AsSpan(8, header))![tensor]!["data_offsets"]!;
        return 8 + header + (long)offsets[0]!;
    }

    private IReadOnlyList<string> Differences(Action change)
    {
        BaseModelFingerprint before = Fingerprint();
        change();
        return Fingerprint().DifferencesFrom(before);
    }

    private BaseModelFingerprint Fingerprint()
    {
        using ModelFolder model = ModelFolder.Open(_folder.Path);
        return model.Fingerprint();
    }

    private void Change(string file, Action<JsonObject> change)
    {
        JsonObject content = JsonNode.Parse(File.ReadAllText(_folder[file]))!.AsObject();
        change(content);
        File.WriteAllText(_folder[file], content.ToJsonString());
    }
}
