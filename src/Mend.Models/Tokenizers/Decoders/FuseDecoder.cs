namespace Mend.Models.Tokenizers.Decoders;

/// <summary>Makes one token of all, so that the steps after it see the whole text.</summary>
internal sealed class FuseDecoder : IDecoder
{
    public IReadOnlyList<string> Decode(IReadOnlyList<string> tokens) => [string.Concat(tokens)];
}
