using System.CommandLine;

namespace Mend.Cli;

internal static class RevertCommand
{
    public static Command Create(CliHost host) => new("revert", "");
}
