using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>What the guard sees of edits. See <see cref="GuardReport"/>.</summary>
/// <param name="Looked">See there.</param>
/// <param name="Tolerated">See there.</param>
/// <param name="Changed">Prompt, answer, and "protected" or "", of each that would change.</param>
/// <param name="Faults">See there.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.guard")]
public sealed record WireGuard([property: Id(0)] int Looked, [property: Id(1)] int Tolerated, [property: Id(2)] string[][] Changed, [property: Id(3)] string[] Faults)
{
    private const string Protected = "protected";

    /// <summary>About the bytes that it takes.</summary>
    public long Weight => Changed.Sum(c => c.Sum(t => (sizeof(char) * (long)t.Length) + 8)) + Faults.Sum(f => (sizeof(char) * (long)f.Length) + 8) + 32;

    /// <summary>Wraps a report.</summary>
    /// <param name="report">The report, or null.</param>
    public static WireGuard? Of(GuardReport? report) => report is null ? null
        : new(report.Looked, report.Tolerated, [.. report.Changed.Select(c => new[] { c.Prompt, c.Answer, c.IsProtected ? Protected : "" })], [.. report.Faults]);

    /// <summary>The report.</summary>
    public GuardReport ToReport() => new(Looked, Tolerated, [.. Changed.Select(c => new GuardedPrompt(c[0], c[1], c[2] == Protected))], Faults);

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireGuard);
}
