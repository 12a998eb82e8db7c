using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mend.Cluster.Soak.Load;

/// <summary>What one call of a client came to. Times are <see cref="System.Diagnostics.Stopwatch"/> ticks, which all processes of a machine share.</summary>
[JsonDerivedType(typeof(EditDone), "edit")]
[JsonDerivedType(typeof(RevertDone), "revert")]
[JsonDerivedType(typeof(AnswerDone), "answer")]
[JsonDerivedType(typeof(ScoreDone), "score")]
[JsonDerivedType(typeof(LogitsDone), "logits")]
[JsonDerivedType(typeof(CallFailed), "failed")]
internal abstract record CallRecord(long Started, long Ended)
{
    public string ToLine() => JsonSerializer.Serialize(this);

    public static CallRecord FromLine(string line) => JsonSerializer.Deserialize<CallRecord>(line)!;
}

/// <summary>An edit that was acknowledged.</summary>
internal sealed record EditDone(long Started, long Ended, string Key, string Prompt, string Target, long Version, bool Repeated) : CallRecord(Started, Ended);

/// <summary>A revert that was acknowledged.</summary>
internal sealed record RevertDone(long Started, long Ended, string Key, long Reverted, long Version) : CallRecord(Started, Ended);

/// <summary>An answer, sampled from the version that the model chose.</summary>
/// <param name="Started">When the call was made.</param>
/// <param name="Ended">When it returned.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Seed">Seed of the draws.</param>
/// <param name="Version">The version it was read from.</param>
/// <param name="Known">A version that the client had been told of before.</param>
/// <param name="Text">The text.</param>
internal sealed record AnswerDone(long Started, long Ended, string Prompt, int Seed, long Version, long Known, string Text) : CallRecord(Started, Ended);

/// <summary>How likely a pinned version thought several answers.</summary>
internal sealed record ScoreDone(long Started, long Ended, string[] Prompts, string[] Targets, long Version, double[] Probabilities) : CallRecord(Started, Ended);

/// <summary>Digest of all logits of one pass over a pinned version.</summary>
internal sealed record LogitsDone(long Started, long Ended, int[] Tokens, long Version, string Digest) : CallRecord(Started, Ended);

/// <summary>A call that failed.</summary>
internal sealed record CallFailed(long Started, long Ended, string Call, string Error, bool Retryable) : CallRecord(Started, Ended);
