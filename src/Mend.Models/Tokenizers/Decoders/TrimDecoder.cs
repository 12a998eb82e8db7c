namespace Mend.Models.Tokenizers.Decoders;

/// <summary>Joins the tokens and drops white space at the ends of the text.</summary>
internal sealed class TrimDecoder : IDecoder
{
    public IReadOnlyList<string> Decode(IReadOnlyList<string> tokens) => [string.Concat(tokens).Trim()];
}
