using Mend.Models.Gguf;
using Mend.Models.Tokenizers;
using Mend.Tensors;

namespace Mend.Models;

/// <summary>
/// The tokens with which a model ends an answer: what generation_config.json names, and config.json, and the tokenizer; or what a GGUF
/// file has. Chat models name several: one ends a turn, another a document.
/// </summary>
public static class EndTokens
{
    private static readonly string[] Files = ["generation_config.json", "config.json"];

    /// <summary>Finds the tokens.</summary>
    /// <param name="folder">The model folder or GGUF file.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ModelException">A file is no JSON object, or names something else than ids.</exception>
    /// <exception cref="CheckpointException">The GGUF file is damaged.</exception>
    public static IReadOnlySet<int> Of(string folder, ITokenizer tokenizer) =>
        new HashSet<int>([.. Named(folder), .. new[] { tokenizer.EosId, tokenizer.EndOfTextId }.OfType<int>()]);

    private static IEnumerable<int> Named(string path)
    {
        if (!GgufFile.Is(path))
        {
            return Files.SelectMany(f => Read(Path.Combine(path, f)));
        }

        using GgufFile file = GgufFile.Open(GgufSplit.First(path));
        return GgufTokenizer.Read(file).Ends;
    }

    private static IEnumerable<int> Read(string file) => File.Exists(file) ? ConfigReader.Open(file).TokenIds("eos_token_id") : [];
}
