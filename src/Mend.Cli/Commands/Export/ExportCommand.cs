using System.CommandLine;

namespace Mend.Cli;

internal static class ExportCommand
{
    public static Command Create(CliHost host) => new("export", "");
}
