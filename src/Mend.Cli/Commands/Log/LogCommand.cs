using System.CommandLine;

namespace Mend.Cli;

internal static class LogCommand
{
    public static Command Create(CliHost host) => new("log", "");
}
