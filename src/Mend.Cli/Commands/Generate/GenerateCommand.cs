using System.CommandLine;

namespace Mend.Cli;

internal static class GenerateCommand
{
    public static Command Create(CliHost host) => new("generate", "");
}
