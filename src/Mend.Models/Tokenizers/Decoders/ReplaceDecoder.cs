using Mend.Models.Tokenizers.Normalizers;

namespace Mend.Models.Tokenizers.Decoders;

/// <summary>Replaces a pattern in every token.</summary>
internal sealed class ReplaceDecoder : IDecoder
{
    private readonly ReplaceNormalizer _replace;

    public ReplaceDecoder(ReplaceNormalizer replace) => _replace = replace;

    public IReadOnlyList<string> Decode(IReadOnlyList<string> tokens) => [.. tokens.Select(_replace.Normalize)];
}
