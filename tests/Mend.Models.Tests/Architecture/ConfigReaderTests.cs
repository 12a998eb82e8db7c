using System.Text.Json.Nodes;

namespace Mend.Models.Tests.Architecture;

/// <summary>Configurations as they come: what is no number, what says nothing, and paths that are no model.</summary>
public sealed class ConfigReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("n_layer", "true", "n_layer = true; a whole number is wanted")]
    [InlineData("n_layer", "[12]", "n_layer = [12]; a whole number is wanted")]
    [InlineData("n_layer", "1e99", "n_layer = 1e99; a whole number is wanted")]
    [InlineData("n_layer", "\"12\"", "n_layer = \"12\"; a whole number is wanted")]
    [InlineData("layer_norm_epsilon", "[1]", "layer_norm_epsilon = [1]; a number is wanted")]
    [InlineData("layer_norm_epsilon", "1e999", "layer_norm_epsilon = 1e999; a number is wanted")]
    [InlineData("activation_function", "{}", "activation_function = {}; a string is wanted")]
    [InlineData("activation_function", "\"\\ud800\"", "not valid JSON (a name or text in it is not valid Unicode")]
    [InlineData("\\ud800", "1", "not valid JSON")]
    [InlineData("layer_norm_epsilon", "NaN", "has NaN in line 3, which Python writes and JSON does not know")]
    [InlineData("layer_norm_epsilon", "-Infinity", "has -Infinity in line 3")]
    public void Describe_OptionOfAnotherKind_NamesItAndTheFile(string option, string value, string part)
    {
        _folder.With("config.json", $"{{\n \"model_type\": \"gpt2\",\n \"{option}\": {value}}}");

        string message = Assert.Throws<ModelException>(() => ModelFamilies.Describe(ConfigReader.Open(_folder.Path))).Message;

        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.Contains(_folder["config.json"], message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("t5-small", 32128)]
    [InlineData("bart-base", -1)]
    public void Describe_FirstTokenThatIsNone_NamesIt(string name, int id) => Assert.Contains(
        $"decoder_start_token_id = {id}; the model's tokens are 0 to",
        Assert.Throws<ModelException>(() => ModelFamilies.Describe(With(name, "decoder_start_token_id", id.ToString(System.Globalization.CultureInfo.InvariantCulture)))).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("llama-3-8b", "unsloth_version", "\"2025.3\"")]
    [InlineData("llama-3-8b", "num_labels", "2")]
    [InlineData("llama-3-8b", "layer_types", "[\"full_attention\", \"full_attention\"]")]
    [InlineData("opt-350m", "model_max_length", "2048")]
    public void Describe_OptionThatSaysNothing_IsPassedOver(string name, string option, string value) =>
        Assert.NotEmpty(ModelFamilies.Describe(With(name, option, value)).Stages);

    [Theory]
    [InlineData("llama-3-8b", "layer_types", "[\"full_attention\", \"sliding_attention\"]")]
    [InlineData("llama-3-8b", "layer_types", "\"full_attention\"")]
    [InlineData("llama-3-8b", "unsloth_temperature", "2")]
    public void Describe_OptionThatMaySaySomething_IsAnError(string name, string option, string value) =>
        Assert.Contains(option, Assert.Throws<ModelException>(() => ModelFamilies.Describe(With(name, option, value))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("adapter_config.json", """{"base_model_name_or_path": "org/base"}""", "an adapter (LoRA) of 'org/base' alone")]
    [InlineData("adapter_config.json", "no json", "merge_and_unload")]
    [InlineData("m.gguf", "x", "name that file")]
    [InlineData("model_index.json", "{}", "image models")]
    [InlineData("params.json", "{}", "publisher's own format")]
    [InlineData("inside/config.json", "{}", "inside' does; name that one")]
    [InlineData("snapshots/abc/config.json", "{}", "Name the snapshot in it")]
    [InlineData("README.md", "{}", "a Hugging Face model folder is wanted")]
    public void Open_FolderWithoutConfiguration_SaysWhatIsThere(string file, string content, string part)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
        _folder.With(file, content);

        string message = Assert.Throws<ModelException>(() => ConfigReader.Open(_folder.Path)).Message;

        Assert.StartsWith($"The folder '{_folder.Path}' holds no config.json", message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NothingThere_SaysWhatLeadsOn()
    {
        Assert.Contains("hf download some-org/some-model", Message("some-org/some-model"), StringComparison.Ordinal);
        Assert.Contains("name a Hugging Face model folder", Message(_folder["none"]), StringComparison.Ordinal);
        Directory.CreateDirectory(_folder["llama"]);
        File.WriteAllText(Path.Combine(_folder["llama"], "config.json"), "{}");
        Assert.Contains($"there is '{_folder["llama"]}'", Message(_folder["lama"]), StringComparison.Ordinal);

        static string Message(string path) => Assert.Throws<ModelException>(() => ConfigReader.Open(path)).Message;
    }

    [Fact]
    public void Open_FileOfAnotherKind_IsNotReadAsConfiguration()
    {
        using (FileStream file = File.Create(_folder["w.safetensors"]))
        {
            file.SetLength(1L << 40);
        }

        Assert.Contains("name the folder", Assert.Throws<ModelException>(() => ConfigReader.Open(_folder["w.safetensors"])).Message, StringComparison.Ordinal);
    }

    private static ConfigReader With(string name, string option, string value)
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(Fixtures.Path("configs", name, "config.json")))!.AsObject();
        config[option] = JsonNode.Parse(value);
        return ConfigReader.Parse("config.json", config.ToJsonString());
    }
}
