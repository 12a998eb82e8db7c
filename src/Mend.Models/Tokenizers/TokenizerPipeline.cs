using Mend.Models.Tokenizers.AddedTokens;

namespace Mend.Models.Tokenizers;

/// <summary>
/// The tokenizer that all built-in formats end in: added tokens are cut out, the rest is normalised, split into words,
/// and each word encoded by the model.
/// </summary>
internal sealed class TokenizerPipeline : ITokenizer
{
    private readonly TokenizerParts _parts;
    private readonly Dictionary<int, AddedToken> _addedById;
    private readonly Dictionary<string, int> _addedByContent;
    private readonly AddedTokenSplitter _beforeNormalizing;
    private readonly AddedTokenSplitter _afterNormalizing;

    public TokenizerPipeline(TokenizerParts parts)
    {
        _parts = parts;
        _addedById = [];
        _addedByContent = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in parts.AddedTokens)
        {
            _addedById[token.Id] = token;
            _addedByContent[token.Content] = token.Id;
        }

        var byNormalized = parts.AddedTokens.ToLookup(t => t.Normalized);
        _beforeNormalizing = new AddedTokenSplitter(byNormalized[false].Select(t => (t.Content, t)));
        _afterNormalizing = new AddedTokenSplitter(byNormalized[true].Select(t => (Normalize(t.Content), t)));
        VocabularySize = Math.Max(parts.Model.Vocabulary.Size, _addedById.Keys.Select(id => id + 1).DefaultIfEmpty().Max());

        var roles = parts.SpecialTokens;
        (BosId, EosId, PadId, UnkId) = (Role(roles.Bos), Role(roles.Eos), Role(roles.Pad), Role(roles.Unk) ?? parts.Model.UnkId);
        (ClsId, SepId, MaskId) = (Role(roles.Cls), Role(roles.Sep), Role(roles.Mask));
    }

    public int VocabularySize { get; }

    public int? EndOfTextId => EosId ?? SepId;

    public int? BosId { get; }

    public int? EosId { get; }

    public int? PadId { get; }

    public int? UnkId { get; }

    public int? ClsId { get; }

    public int? SepId { get; }

    public int? MaskId { get; }

    public int[] Encode(string text, bool addSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var ids = EncodeText(text);
        return addSpecialTokens && _parts.PostProcessor is { } processor ? processor.Process(InSegment(ids, 0), null).Ids : ids;
    }

    public TokenizedPair EncodePair(string first, string second, bool addSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var (a, b) = (EncodeText(first), EncodeText(second));
        if (addSpecialTokens && _parts.PostProcessor is { } processor)
        {
            return processor.Process(InSegment(a, 0), InSegment(b, 0));
        }

        return new TokenizedPair([.. a, .. b], [.. InSegment(a, 0).SegmentIds, .. InSegment(b, 1).SegmentIds]);
    }

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true)
    {
        var tokens = new List<string>(ids.Length);
        foreach (var id in ids)
        {
            if (Token(id) is { } token && !(skipSpecialTokens && IsSpecial(id)))
            {
                tokens.Add(token);
            }
        }

        return _parts.Decoder is { } decoder ? string.Concat(decoder.Decode(tokens)) : string.Join(' ', tokens);
    }

    public string[] Tokens(ReadOnlySpan<int> ids)
    {
        var tokens = new string[ids.Length];
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = Token(ids[i]) ?? string.Empty;
        }

        return tokens;
    }

    public int? TokenId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _addedByContent.TryGetValue(token, out var id) ? id : _parts.Model.Vocabulary.Id(token);
    }

    public string? Token(int id) =>
        _addedById.TryGetValue(id, out var token) ? token.Content : _parts.Model.Vocabulary.Token(id);

    public bool IsSpecial(int id) => _addedById.TryGetValue(id, out var token) && token.Special;

    private static TokenizedPair InSegment(int[] ids, int segment)
    {
        var segments = new int[ids.Length];
        Array.Fill(segments, segment);
        return new TokenizedPair(ids, segments);
    }

    private int? Role(string? token) => token is null ? null : TokenId(token);

    private string Normalize(string text) => _parts.Normalizer?.Normalize(text) ?? text;

    private int[] EncodeText(string text)
    {
        var ids = new List<int>(text.Length / 3);
        foreach (var run in _beforeNormalizing.Split(text))
        {
            if (run.Id is { } id)
            {
                ids.Add(id);
            }
            else
            {
                EncodeNormalized(Normalize(text[run.Start..run.End]), run.Start == 0, ids);
            }
        }

        return [.. ids];
    }

    private void EncodeNormalized(string text, bool atStart, List<int> ids)
    {
        foreach (var run in _afterNormalizing.Split(text))
        {
            if (run.Id is { } id)
            {
                ids.Add(id);
            }
            else
            {
                EncodePiece(new Piece(text[run.Start..run.End], atStart && run.Start == 0), ids);
            }
        }
    }

    private void EncodePiece(Piece piece, List<int> ids)
    {
        if (_parts.PreTokenizer is not { } preTokenizer)
        {
            _parts.Model.Encode(piece.Text, ids);
            return;
        }

        var words = new List<Piece>(piece.Text.Length / 4);
        preTokenizer.Split(piece, words);
        foreach (var word in words)
        {
            _parts.Model.Encode(word.Text, ids);
        }
    }
}
