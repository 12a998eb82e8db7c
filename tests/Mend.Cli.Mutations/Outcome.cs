namespace Mend.Cli.Mutations;

/// <summary>What a command made of a damaged file.</summary>
/// <param name="Index">Which mutation of the run.</param>
/// <param name="Kind">What was damaged.</param>
/// <param name="Command">The command line.</param>
/// <param name="ExitCode">What the command ended with.</param>
/// <param name="Error">What it said.</param>
/// <param name="Problem">The promise that it broke, or null.</param>
internal sealed record Outcome(int Index, string Kind, string Command, int ExitCode, string Error, string? Problem)
{
    /// <summary>Whether the command is still running.</summary>
    public bool Hangs { get; init; }

    public override string ToString() => $"PROBLEM {Index} {Kind}: {Problem} [mend {Command}] exit code {ExitCode}: {Error.Trim()}";
}
