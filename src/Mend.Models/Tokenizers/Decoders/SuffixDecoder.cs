namespace Mend.Models.Tokenizers.Decoders;

/// <summary>Writes the suffix that ends words as a space, and the last one as nothing (BPEDecoder of tokenizer.json).</summary>
internal sealed class SuffixDecoder : IDecoder
{
    private readonly string _suffix;

    public SuffixDecoder(string suffix) => _suffix = suffix;

    public IReadOnlyList<string> Decode(IReadOnlyList<string> tokens) =>
        [.. tokens.Select((token, i) => token.Replace(_suffix, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal))];
}
