using Mend.Models.Tokenizers.AddedTokens;
using Mend.Models.Tokenizers.Json;

namespace Mend.Models.Tokenizers.Sources;

/// <summary>Which tokens are cut out of a text before anything else.</summary>
internal static class SpecialTokenFinder
{
    /// <summary>
    /// Of a checkpoint without tokenizer.json: the tokens that the configuration lists with ids, and every token with a role or named as
    /// special that the vocabulary has.
    /// </summary>
    public static List<AddedToken> Find(TokenizerConfig config, SpecialTokens roles, Vocabulary vocabulary) =>
        Complete(config.AddedTokens, config, roles.All, roles.Mask, vocabulary);

    /// <summary>
    /// Beside the tokens of tokenizer.json: those that the configuration names and the vocabulary has. Roles that are only guessed do not
    /// count: their tokens may be words of the text.
    /// </summary>
    public static List<AddedToken> Complete(IReadOnlyList<AddedToken> listed, TokenizerConfig config, Vocabulary vocabulary) =>
        Complete(listed, config, config.Roles.Values.OfType<string>(), config.Roles.GetValueOrDefault("mask_token"), vocabulary);

    /// <summary>A special token without an id is left out: one made up for it would have no embedding.</summary>
    private static List<AddedToken> Complete(
        IReadOnlyList<AddedToken> listed, TokenizerConfig config, IEnumerable<string> roles, string? mask, Vocabulary vocabulary)
    {
        var special = roles.Concat(config.AdditionalSpecialTokens).ToHashSet(StringComparer.Ordinal);
        var tokens = listed.Select(t => special.Contains(t.Content) ? t with { Special = true, Normalized = false } : t).ToList();
        foreach (var content in special.Except(tokens.Select(t => t.Content)).Order(StringComparer.Ordinal))
        {
            if (vocabulary.Id(content) is { } id)
            {
                // Masks take the space before them along, as BART and RoBERTa were trained.
                tokens.Add(new AddedToken(id, content) { Special = true, LStrip = content == mask && content == "<mask>" });
            }
        }

        return tokens;
    }
}
