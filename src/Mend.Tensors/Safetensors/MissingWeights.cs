namespace Mend.Tensors;

/// <summary>Looks at a folder that has no weights where they belong, and says what is there and what leads on.</summary>
internal static class MissingWeights
{
    private const string Convert =
        "python -c \"from transformers import AutoModelForCausalLM as M; M.from_pretrained('DIR').save_pretrained('NEW')\"";

    /// <summary>Endings of other formats, with what they are.</summary>
    private static readonly (string Ending, string Format)[] Others =
    [
        (".bin", "PyTorch pickles"), (".pt", "PyTorch pickles"), (".pth", "PyTorch pickles"), (".ckpt", "PyTorch pickles"),
        (".h5", "TensorFlow weights"), (".msgpack", "Flax weights"), (".onnx", "an ONNX graph"),
    ];

    /// <summary>What is wrong and what to do.</summary>
    /// <param name="folder">The folder.</param>
    public static string Explain(string folder)
    {
        string[] names = [.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        string missing = $"'{folder}' has neither {Checkpoint.SingleFile} nor {Checkpoint.IndexFile}";
        string[] gguf = [.. names.Where(n => n.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase))];
        string[] safetensors = [.. names.Where(n => n.EndsWith(".safetensors", StringComparison.Ordinal))];
        string[] shards = [.. safetensors.Where(n => n.Contains("-of-", StringComparison.Ordinal))];
        if (shards.Length > 0)
        {
            return $"{missing}, but '{shards[0]}'{More(shards)}: the weights are split, and the index says which tensor is in which file. Download {Checkpoint.IndexFile} too.";
        }

        if (safetensors.FirstOrDefault(n => n.StartsWith("adapter", StringComparison.Ordinal)) is { } adapter)
        {
            return $"{missing}, but '{adapter}', an adapter (LoRA) alone. Merge it into its base model first (peft: merge_and_unload, then save_pretrained), and name the folder of the result.";
        }

        if (gguf.Length > 0)
        {
            return $"{missing}, but '{gguf[0]}'{More(gguf)}; name that file: {Path.Combine(folder, gguf[0])}.";
        }

        if (safetensors.Length > 0)
        {
            return $"{missing}, but '{safetensors[0]}'{More(safetensors)}. If these are the model's weights, name the file {Checkpoint.SingleFile}.";
        }

        return Others.SelectMany(o => names.Where(n => n.EndsWith(o.Ending, StringComparison.OrdinalIgnoreCase)).Select(n => (Name: n, o.Format))).FirstOrDefault() is { Name: not null } other
            ? $"{missing}, but '{other.Name}', {other.Format}, which are not read. Convert them: {Convert.Replace("DIR", folder, StringComparison.Ordinal)}"
            : $"{missing}{(names.Length == 0 ? "; it is empty" : $", but {string.Join(", ", names.Take(5).Select(n => $"'{n}'"))}{(names.Length > 5 ? ", ..." : "")}")}. Download the model's safetensors files.";
    }

    private static string More(string[] names) => names.Length > 1 ? $" and {names.Length - 1} more" : "";
}
