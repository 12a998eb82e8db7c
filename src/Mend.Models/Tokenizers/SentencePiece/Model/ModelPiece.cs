namespace Mend.Models.Tokenizers.SentencePiece.Model;

/// <summary>What a piece is for, with the numbers of sentencepiece_model.proto.</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>A piece of a SentencePiece vocabulary.</summary>
/// <param name="Text">Its spelling, "▁" for a space.</param>
/// <param name="Score">Log probability in a unigram model; in a BPE model, what scores highest is merged first.</param>
/// <param name="Kind">What it is for.</param>
internal readonly record struct ModelPiece(string Text, float Score, PieceKind Kind);
