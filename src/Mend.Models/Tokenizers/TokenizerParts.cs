using Mend.Models.Tokenizers.AddedTokens;
using Mend.Models.Tokenizers.Decoders;
using Mend.Models.Tokenizers.Normalizers;
using Mend.Models.Tokenizers.PostProcessors;
using Mend.Models.Tokenizers.PreTokenizers;
using Mend.Models.Tokenizers.Subwords;

namespace Mend.Models.Tokenizers;

/// <summary>What a tokenizer is put together from, in the order in which text passes through.</summary>
internal sealed record TokenizerParts
{
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    public INormalizer? Normalizer { get; init; }

    public IPreTokenizer? PreTokenizer { get; init; }

    public required ISubwordModel Model { get; init; }

    public IPostProcessor? PostProcessor { get; init; }

    /// <summary>Null joins the tokens with spaces.</summary>
    public IDecoder? Decoder { get; init; }

    public SpecialTokens SpecialTokens { get; init; } = new();
}
