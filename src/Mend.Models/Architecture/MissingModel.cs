using System.Text.Json;
using Mend.Tensors;

namespace Mend.Models;

/// <summary>Looks at a path that was given for a model and is none, and says what is there and what leads on.</summary>
internal static class MissingModel
{
    private const string Wanted = "a Hugging Face model folder is wanted: config.json, *.safetensors and tokenizer files, or a GGUF file";

    /// <summary>Endings of weight files.</summary>
    private static readonly string[] Weights = [".safetensors", ".bin", ".pt", ".pth", ".h5"];

    /// <summary>What is wrong and what to do.</summary>
    /// <param name="path">The path.</param>
    public static string Explain(string path) =>
        Directory.Exists(path) ? Folder(path) : File.Exists(path) ? OneFile(path) : Nothing(path);

    private static string Folder(string path)
    {
        string missing = $"The folder '{path}' holds no config.json";
        string adapter = Path.Combine(path, "adapter_config.json");
        if (File.Exists(adapter))
        {
            return $"{missing} but adapter_config.json: it is an adapter (LoRA){BaseOf(adapter)} alone. "
                + "Merge it into its base model first (peft: merge_and_unload, then save_pretrained), and name the folder of the result.";
        }

        if (HubCache.SnapshotIn(path) is { } snapshot)
        {
            return $"{missing}: it is a hub's cache of one model. Name the snapshot in it: {snapshot}";
        }

        if (Files(path, "*.gguf") is [string gguf, ..])
        {
            return $"{missing} but '{Path.GetFileName(gguf)}'; name that file: {gguf}";
        }

        if (File.Exists(Path.Combine(path, "model_index.json")))
        {
            return $"{missing} but model_index.json, which image models have; {Wanted}.";
        }

        if (File.Exists(Path.Combine(path, "params.json")))
        {
            return $"{missing} but params.json: these are weights in their publisher's own format. Take the model's Hugging Face version, or convert it with transformers' convert script.";
        }

        return Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal).FirstOrDefault(f => File.Exists(Path.Combine(f, "config.json"))) is { } inside
            ? $"{missing}, but the folder '{inside}' does; name that one."
            : $"{missing}; {Wanted}.";
    }

    private static string OneFile(string path) => Weights.Contains(Path.GetExtension(path))
        ? $"'{path}' holds weights alone; name the folder with its config.json and tokenizer files."
        : $"'{path}' is {new FileInfo(path).Length} bytes long and no configuration; {Wanted}.";

    private static string Nothing(string path)
    {
        string missing = $"There is no model at '{path}'";
        if (HubCache.Find(path) is { } snapshot)
        {
            return $"{missing}, but a hub's cache has it; name the folder: {snapshot}";
        }

        string? parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        string[] beside = Directory.Exists(parent) ? [.. Directory.EnumerateDirectories(parent).Where(f => File.Exists(Path.Combine(f, "config.json"))).Order(StringComparer.Ordinal).Take(3)] : [];
        return beside.Length > 0
            ? $"{missing}; there is {string.Join(", ", beside.Select(f => $"'{f}'"))}. Name a Hugging Face model folder or a GGUF file."
            : HubCache.IsName(path)
                ? $"{missing}; nothing is downloaded. Fetch the model first (`hf download {path} --local-dir DIR`) and name its folder."
                : $"{missing}; name a Hugging Face model folder or a GGUF file.";
    }

    /// <summary>" of 'base'", where the adapter says what it was trained on.</summary>
    private static string BaseOf(string adapter)
    {
        try
        {
            using JsonDocument document = StrictJson.Parse(File.ReadAllBytes(adapter));
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("base_model_name_or_path", out JsonElement name) && name.ValueKind == JsonValueKind.String
                    ? $" of '{name.GetString()}'"
                    : "";
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string[] Files(string folder, string pattern) => [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)];
}
