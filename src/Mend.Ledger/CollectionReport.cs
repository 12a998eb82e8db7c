namespace Mend.Ledger;

/// <summary>What a garbage collection did.</summary>
/// <param name="Files">Staged files removed.</param>
/// <param name="Bytes">Their length.</param>
/// <param name="TemporaryFiles">Old unfinished files removed.</param>
/// <param name="InGrace">Uncommitted files kept because they are younger than the grace period.</param>
/// <param name="IsComplete">False where others were at work all the time and it gave up; a later one takes the rest.</param>
public sealed record CollectionReport(int Files, long Bytes, int TemporaryFiles, int InGrace, bool IsComplete);
