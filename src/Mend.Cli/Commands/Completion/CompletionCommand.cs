using System.CommandLine;

namespace Mend.Cli;

internal static class CompletionCommand
{
    public static Command Create(CliHost host) => new("completion", "");
}
