using Mend.Models.Tokenizers.AddedTokens;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads added tokens in the notations of tokenizer.json and tokenizer_config.json.</summary>
internal static class AddedTokenReader
{
    /// <summary>Reads "added_tokens", a list of objects with ids.</summary>
    public static IEnumerable<AddedToken> ReadList(JsonPart list) => list.AsItems().Select(item => Read(item, Id(item.Required("id"))));

    /// <summary>Reads "added_tokens_decoder", an object from id to token.</summary>
    public static IEnumerable<AddedToken> ReadById(JsonPart tokens)
    {
        foreach (var (name, token) in tokens.Properties())
        {
            yield return int.TryParse(name, out var id) && id is >= 0 and < VocabularyReader.IdLimit
                ? Read(token, id)
                : throw token.Error($"'{tokens.Path}' has the key '{name}'; a token id was expected.");
        }
    }

    /// <summary>Reads added_tokens.json, an object from token to id.</summary>
    public static IEnumerable<AddedToken> ReadByContent(JsonPart tokens) =>
        tokens.Properties().Select(entry => new AddedToken(Id(entry.Value), entry.Name));

    private static AddedToken Read(JsonPart token, int id)
    {
        var special = token.Bool("special", false);
        return new AddedToken(id, token.String("content"))
        {
            Special = special,
            Normalized = token.Bool("normalized", !special),
            LStrip = token.Bool("lstrip", false),
            RStrip = token.Bool("rstrip", false),
            SingleWord = token.Bool("single_word", false),
        };
    }

    private static int Id(JsonPart id) => id.AsInt() is < VocabularyReader.IdLimit and var value
        ? value
        : throw id.Error($"'{id.Path}' is {id.AsInt()}; a token id below {VocabularyReader.IdLimit} was expected.");
}
