using System.CommandLine;

namespace Mend.Cli;

internal static class PreviewCommand
{
    public static Command Create(CliHost host) => new("preview", "");
}
