using System.CommandLine;

namespace Mend.Cli;

internal static class EditCommand
{
    public static Command Create(CliHost host) => new("edit", "");
}
