using System.CommandLine;

namespace Mend.Cli;

internal static class PlanCommand
{
    public static Command Create(CliHost host) => new("plan", "");
}
