using Mend.Models.Tokenizers.AddedTokens;
using Mend.Models.Tokenizers.Json;

namespace Mend.Models.Tokenizers.Sources;

/// <summary>The added tokens of a checkpoint without tokenizer.json.</summary>
internal static class SpecialTokenFinder
{
    /// <summary>
    /// The tokens that the configuration lists with ids, and every token with a role or named as special that the
    /// vocabulary has. A special token with neither is left out: an id made up for it would have no embedding.
    /// </summary>
    public static List<AddedToken> Find(TokenizerConfig config, SpecialTokens roles, Vocabulary vocabulary)
    {
        var special = roles.All.Concat(config.AdditionalSpecialTokens).ToHashSet(StringComparer.Ordinal);
        var tokens = config.AddedTokens.Select(t => special.Contains(t.Content) ? t with { Special = true, Normalized = false } : t).ToList();
        foreach (var content in special.Except(tokens.Select(t => t.Content)).Order(StringComparer.Ordinal))
        {
            if (vocabulary.Id(content) is { } id)
            {
                // Masks take the space before them along, as BART and RoBERTa were trained.
                tokens.Add(new AddedToken(id, content) { Special = true, LStrip = content == roles.Mask && content == "<mask>" });
            }
        }

        return tokens;
    }
}
