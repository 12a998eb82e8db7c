using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mend.Models.Tests.Tokenizers;

/// <summary>A text and what the reference implementation made of it.</summary>
public sealed record TokenizerCase(
    [property: JsonPropertyName("text")] string Text,
    [property: JsonPropertyName("ids")] int[] Ids,
    [property: JsonPropertyName("tokens")] string[] Tokens,
    [property: JsonPropertyName("ids_with_special")] int[]? IdsWithSpecial,
    [property: JsonPropertyName("decoded")] string Decoded,
    [property: JsonPropertyName("nfkc_same")] bool? NfkcSame);

/// <summary>Two texts and what the reference implementation made of them.</summary>
public sealed record TokenizerPairCase(
    [property: JsonPropertyName("text")] string Text,
    [property: JsonPropertyName("pair")] string Pair,
    [property: JsonPropertyName("ids_with_special")] int[] IdsWithSpecial,
    [property: JsonPropertyName("token_type_ids")] int[]? TokenTypeIds);

/// <summary>The content of a cases.json.</summary>
public sealed record TokenizerCases(
    [property: JsonPropertyName("cases")] TokenizerCase[] Cases,
    [property: JsonPropertyName("pairs")] TokenizerPairCase[] Pairs);

/// <summary>Finds the tokenizer fixtures in the source tree.</summary>
internal static class TokenizerFixtures
{
    /// <summary>The folder of a fixture, such as "gpt2_bpe".</summary>
    public static string Folder(string name) => Fixtures.Path("tokenizers", name);

    public static TokenizerCases Cases(string name) =>
        JsonSerializer.Deserialize<TokenizerCases>(File.ReadAllText(Path.Combine(Folder(name), "cases.json")))!;
}
