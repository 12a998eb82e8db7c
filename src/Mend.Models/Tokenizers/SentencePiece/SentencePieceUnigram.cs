using Mend.Models.Tokenizers.SentencePiece.Model;
using Mend.Models.Tokenizers.Subwords;
using Microsoft.ML.Tokenizers;

namespace Mend.Models.Tokenizers.SentencePiece;

/// <summary>
/// Encodes text by the unigram models of Microsoft.ML.Tokenizers, with their handling of spaces. Two steps of SentencePiece that it
/// leaves out are made good here: neighbouring unknown characters become one token, and unknown text is spelled in bytes
/// where the model says so (see <see cref="ModelFile.ForLibrary"/>).
/// </summary>
internal sealed class SentencePieceUnigram : ISubwordModel
{
    private readonly SentencePieceTokenizer _library;
    private readonly int _unknownPiece;
    private readonly int[] _idOfPiece;
    private readonly ByteTokens? _bytes;

    /// <param name="file">The model.</param>
    /// <param name="vocabulary">Tokens of the checkpoint, of which the pieces are some.</param>
    /// <param name="idOfPiece">The checkpoint's id of each piece.</param>
    /// <exception cref="TokenizerException">Microsoft.ML.Tokenizers does not take the model.</exception>
    public SentencePieceUnigram(ModelFile file, Vocabulary vocabulary, int[] idOfPiece)
    {
        Vocabulary = vocabulary;
        _idOfPiece = idOfPiece;
        _unknownPiece = file.UnknownId;
        _bytes = file.ByteFallback ? new ByteTokens(vocabulary) : null;
        try
        {
            using var stream = new MemoryStream(file.ForLibrary());
            _library = SentencePieceTokenizer.Create(stream, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IOException or IndexOutOfRangeException)
        {
            throw ModelFile.Malformed(file.Path, e.Message, e);
        }
    }

    public Vocabulary Vocabulary { get; }

    public int? UnkId => _idOfPiece[_unknownPiece];

    public void Encode(string word, List<int> ids)
    {
        if (word.Length == 0)
        {
            return;
        }

        var tokens = _library.EncodeToTokens(word, out var normalized, addBeginningOfSentence: false, addEndOfSentence: false);
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Id != _unknownPiece)
            {
                ids.Add(_idOfPiece[tokens[i].Id]);
                continue;
            }

            var start = tokens[i].Offset.Start.Value;
            while (i + 1 < tokens.Count && tokens[i + 1].Id == _unknownPiece)
            {
                i++;
            }

            // The library gives offsets in the text with its spaces settled.
            if (_bytes?.TryAppend(normalized.AsSpan(start, tokens[i].Offset.End.Value - start), ids) != true)
            {
                ids.Add(_idOfPiece[_unknownPiece]);
            }
        }
    }
}
