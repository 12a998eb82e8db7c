namespace Mend.Models.Tokenizers;

/// <summary>A stretch of text on its way to the model.</summary>
/// <param name="Text">The text, already normalised.</param>
/// <param name="AtStart">Whether the input text begins here.</param>
internal readonly record struct Piece(string Text, bool AtStart);
