namespace Mend.Models.Tokenizers.Decoders;

/// <summary>Writes "▁" as spaces again, without those of the first token if one was put there when encoding.</summary>
internal sealed class MetaspaceDecoder : IDecoder
{
    private readonly string _replacement;
    private readonly bool _prepended;

    public MetaspaceDecoder(string replacement, bool prepended) => (_replacement, _prepended) = (replacement, prepended);

    public IReadOnlyList<string> Decode(IReadOnlyList<string> tokens) =>
        [.. tokens.Select((token, i) => token.Replace(_replacement, i == 0 && _prepended ? "" : " ", StringComparison.Ordinal))];
}
