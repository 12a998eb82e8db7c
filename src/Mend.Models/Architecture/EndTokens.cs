using Mend.Models.Tokenizers;

namespace Mend.Models;

/// <summary>
/// The tokens with which a model ends an answer: what generation_config.json names, and config.json, and the tokenizer. Chat models
/// name several: one ends a turn, another a document.
/// </summary>
public static class EndTokens
{
    private static readonly string[] Files = ["generation_config.json", "config.json"];

    /// <summary>Finds the tokens.</summary>
    /// <param name="folder">The model folder; of a model that is no folder, the tokenizer alone is asked.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="ModelException">A file is no JSON object, or names something else than ids.</exception>
    public static IReadOnlySet<int> Of(string folder, ITokenizer tokenizer) =>
        new HashSet<int>([.. Files.SelectMany(f => Read(Path.Combine(folder, f))), .. new[] { tokenizer.EosId, tokenizer.EndOfTextId }.OfType<int>()]);

    private static IEnumerable<int> Read(string file) => File.Exists(file) ? ConfigReader.Open(file).TokenIds("eos_token_id") : [];
}
