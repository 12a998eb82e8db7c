using System.Text;
using Mend.Models.Tokenizers.SentencePiece.Model;
using Mend.Models.Tokenizers.Subwords;
using Mend.Models.Tokenizers.Subwords.Bpe;

namespace Mend.Models.Tokenizers.SentencePiece;

/// <summary>
/// Encodes text by BPE as SentencePiece does, with our own <see cref="BpeModel"/>. Version 2.0.0 of Microsoft.ML.Tokenizers
/// gives other ids than the checkpoint was trained on: of merges that score the same SentencePiece takes the leftmost
/// ("aaa" becomes "aa a"), it takes the rightmost; and where extra spaces go, it loses texts of one character.
/// </summary>
internal sealed class SentencePieceBpe : ISubwordModel
{
    private readonly ModelFile _file;
    private readonly BpeModel _model;

    /// <param name="file">The model.</param>
    /// <param name="vocabulary">Tokens of the checkpoint, of which the pieces are some.</param>
    /// <param name="idOfPiece">The checkpoint's id of each piece.</param>
    public SentencePieceBpe(ModelFile file, Vocabulary vocabulary, int[] idOfPiece)
    {
        _file = file;
        _model = new BpeModel(
            vocabulary, Merges(file, idOfPiece), new BpeOptions { UnkId = idOfPiece[file.UnknownId], FuseUnk = true, ByteFallback = file.ByteFallback });
    }

    public Vocabulary Vocabulary => _model.Vocabulary;

    public int? UnkId => _model.UnkId;

    public void Encode(string word, List<int> ids)
    {
        if (_file.RemovesExtraSpaces)
        {
            word = string.Join(' ', word.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        if (word.Length > 0)
        {
            word = _file.AddsPrefix ? " " + word : word;
            _model.Encode(_file.EscapesSpaces ? word.Replace(' ', '▁') : word, ids);
        }
    }

    /// <summary>A piece comes about from any two that spell it. Pieces of one score have one rank.</summary>
    private static MergeTable Merges(ModelFile file, int[] idOfPiece)
    {
        var normal = file.Pieces.Index().Where(p => p.Item.Kind == PieceKind.Normal).ToList();
        var rankOfScore = normal.Select(p => p.Item.Score).Distinct().OrderDescending().Index().ToDictionary(s => s.Item, s => s.Index);
        var ids = normal.ToDictionary(p => p.Item.Text, p => idOfPiece[p.Index], StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        var merges = new MergeTable(normal.Count);
        foreach (var (piece, (text, score, _)) in normal)
        {
            var merge = new Merge(rankOfScore[score], idOfPiece[piece]);
            Rune.DecodeFromUtf16(text, out _, out var length);
            for (var at = length; at < text.Length; at += length)
            {
                if (ids.TryGetValue(text.AsSpan(0, at), out var left) && ids.TryGetValue(text.AsSpan(at), out var right))
                {
                    merges.Add(left, right, merge);
                }

                Rune.DecodeFromUtf16(text.AsSpan(at), out _, out length);
            }
        }

        return merges;
    }
}
