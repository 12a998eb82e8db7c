namespace Mend.Tensors;

/// <summary>How scores of queries and keys become weights.</summary>
/// <param name="Scale">Factor on the scores.</param>
/// <param name="Window">How many keys a query sees, its own included; at least 1, null means all.</param>
/// <param name="Cap">What scaled scores softly stay below; above 0, null means no limit.</param>
public readonly record struct AttentionSettings(float Scale, int? Window = null, float? Cap = null);

/// <summary>New rows of one text, that attend to what it holds and to themselves.</summary>
/// <param name="Memory">Its keys and values.</param>
/// <param name="Rows">Number of new tokens; at least 1.</param>
/// <param name="Bias">Scores to add after the scale and the limit, [1, heads or 1, rows or 1, held + new]; null for none.</param>
public readonly record struct TextKeys(KeyValues Memory, int Rows, Tensor? Bias = null);
