using System.Text.Json;
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
    /// <exception cref="ModelException">A file is no JSON, or names something else than ids.</exception>
    public static IReadOnlySet<int> Of(string folder, ITokenizer tokenizer) =>
        new HashSet<int>([.. Files.SelectMany(f => Read(Path.Combine(folder, f))), .. new[] { tokenizer.EosId, tokenizer.EndOfTextId }.OfType<int>()]);

    private static IEnumerable<int> Read(string file)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            return document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("eos_token_id", out JsonElement ids) ? []
                : ids.ValueKind switch
                {
                    JsonValueKind.Null => [],
                    JsonValueKind.Number when ids.TryGetInt32(out int id) => [id],
                    JsonValueKind.Array when ids.EnumerateArray().All(i => i.ValueKind == JsonValueKind.Number && i.TryGetInt32(out _)) => [.. ids.EnumerateArray().Select(i => i.GetInt32())],
                    _ => throw new ModelException($"'{file}' has eos_token_id = {ids.GetRawText()}; a token id or a list of them is wanted."),
                };
        }
        catch (JsonException e)
        {
            throw new ModelException($"'{file}' is not valid JSON ({e.Message}); download the file again.", e);
        }
    }
}
