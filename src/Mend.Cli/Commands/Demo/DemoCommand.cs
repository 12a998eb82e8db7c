using System.CommandLine;

namespace Mend.Cli;

internal static class DemoCommand
{
    public static Command Create(CliHost host) => new("demo", "");
}
