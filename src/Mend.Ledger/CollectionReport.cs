namespace Mend.Ledger;

/// <summary>What a garbage collection did.</summary>
/// <param name="Files">Staged files removed.</param>
/// <param name="Bytes">Their length.</param>
/// <param name="TemporaryFiles">Unfinished files of dead processes removed.</param>
/// <param name="InFlight">Uncommitted files kept because a live process holds their edit.</param>
/// <param name="InGrace">Uncommitted files kept because nobody holds their edit but they are younger than the grace period.</param>
public sealed record CollectionReport(int Files, long Bytes, int TemporaryFiles, int InFlight, int InGrace);
