namespace Mend.Models.Tokenizers.PreTokenizers;

/// <summary>Splits a text into the words that the model sees one by one. Thread-safe.</summary>
internal interface IPreTokenizer
{
    /// <summary>Appends the words of a piece; empty words are left out.</summary>
    void Split(Piece piece, List<Piece> words);
}
