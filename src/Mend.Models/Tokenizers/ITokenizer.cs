namespace Mend.Models.Tokenizers;

/// <summary>
/// Turns text into the token ids of one checkpoint and back. Implementations are immutable to their callers and safe to
/// share between threads.
/// </summary>
/// <remarks>
/// Text is read as Unicode code points: an unpaired surrogate counts as U+FFFD. Ids are those of the checkpoint's files;
/// they may lie beyond the embedding table if tokens were added after training.
/// </remarks>
public interface ITokenizer
{
    /// <summary>The highest id plus one: the length of an array that is indexed by id.</summary>
    int VocabularySize { get; }

    /// <summary>
    /// Id of the token that ends a text: <see cref="EosId"/>, else <see cref="SepId"/>; null when there is neither.
    /// </summary>
    int? EndOfTextId { get; }

    /// <summary>Id of the token that begins a sequence; null when there is none.</summary>
    int? BosId { get; }

    /// <summary>Id of the token that ends a sequence; null when there is none.</summary>
    int? EosId { get; }

    /// <summary>Id of the padding token; null when there is none.</summary>
    int? PadId { get; }

    /// <summary>Id that stands for text the vocabulary cannot spell; null when there is none.</summary>
    int? UnkId { get; }

    /// <summary>Id of the token whose output classifies the sequence ([CLS]); null when there is none.</summary>
    int? ClsId { get; }

    /// <summary>Id of the token between two texts of a pair ([SEP]); null when there is none.</summary>
    int? SepId { get; }

    /// <summary>Id of the mask token; null when there is none.</summary>
    int? MaskId { get; }

    /// <summary>Encodes a text.</summary>
    /// <param name="text">The text; special tokens written out in it become their ids.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens that the model expects around one text.</param>
    /// <returns>The ids; empty for an empty text without special tokens.</returns>
    int[] Encode(string text, bool addSpecialTokens = false);

    /// <summary>Encodes two texts as one sequence.</summary>
    /// <param name="first">The first text.</param>
    /// <param name="second">The second text.</param>
    /// <param name="addSpecialTokens">Whether to add the tokens that the model expects around and between two texts.</param>
    TokenizedPair EncodePair(string first, string second, bool addSpecialTokens = true);

    /// <summary>
    /// Decodes ids. One that no token has is nothing: models are padded to round vocabulary sizes, and now and then one says such an id.
    /// </summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">Whether to leave out special tokens.</param>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true);

    /// <summary>The tokens of ids, as the vocabulary spells them ("Ġthe", "▁the", "##ing"); an id that no token has gives an empty text.</summary>
    /// <param name="ids">The ids.</param>
    string[] Tokens(ReadOnlySpan<int> ids);

    /// <summary>The id of a token as the vocabulary spells it; null when there is none.</summary>
    /// <param name="token">The token.</param>
    int? TokenId(string token);

    /// <summary>The token of an id; null when no token has this id.</summary>
    /// <param name="id">The id.</param>
    string? Token(int id);

    /// <summary>Whether the id is a special token, which <see cref="Decode"/> leaves out by default.</summary>
    /// <param name="id">The id; one that no token has is not special.</param>
    bool IsSpecial(int id);
}
