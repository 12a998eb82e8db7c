using System.Text.Json;
using Mend.Models.Tokenizers;
using Mend.Models.Tokenizers.Json;

namespace Mend.Models.Tests.Tokenizers;

/// <summary>Builds single components from the JSON that describes them.</summary>
internal static class Component
{
    public static string Normalize(string json, string text) =>
        NormalizerReader.Read(Part(json), new TokenizerConfig()).Normalize(text);

    /// <summary>The words of a text, joined by "|".</summary>
    public static string Split(string json, string text, bool atStart = true)
    {
        var words = new List<Piece>();
        PreTokenizerReader.Read(Part(json), new TokenizerConfig()).Split(new Piece(text, atStart), words);
        return string.Join('|', words.Select(word => word.Text));
    }

    /// <summary>The decoded text; each token's part is followed by "|", but for the last.</summary>
    public static string Decode(string json, params string[] tokens) =>
        string.Join('|', DecoderReader.Read(Part(json), new TokenizerConfig(), new TokenizerOptions()).Decode(tokens));

    public static JsonPart Part(string json) => new(JsonDocument.Parse(json).RootElement, "tokenizer.json", "part");
}
