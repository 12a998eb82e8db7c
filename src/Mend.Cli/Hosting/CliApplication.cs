using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Mend.Cli;

/// <summary>The whole command: parses, runs, and turns every end into an exit code.</summary>
internal static class CliApplication
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="host">The world around it.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <returns>See <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliHost host, CancellationToken cancellationToken)
    {
        try
        {
            ParseResult parsed = Root(host).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
            {
                string command = parsed.CommandResult.Command is RootCommand ? "mend" : $"mend {parsed.CommandResult.Command.Name}";
                throw new CliException(ExitCode.Usage, $"{parsed.Errors[0].Message} See `{command} --help`.");
            }

            InvocationConfiguration invocation = new()
            {
                Output = host.Out,
                Error = host.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (Exception e)
        {
            return ErrorReport.Write(host, e);
        }
    }

    /// <summary>The command tree.</summary>
    public static RootCommand Root(CliHost host)
    {
        RootCommand root = new($"Edits facts in sharded language models: MEND editors turn one gradient into a low-rank edit, a ledger keeps every version.\n\n{ExitCode.Help}")
        {
            DemoCommand.Create(host),
            EditCommand.Create(host),
            PreviewCommand.Create(host),
            GenerateCommand.Create(host),
            TrainCommand.Create(host),
            EvalCommand.Create(host),
            LogCommand.Create(host),
            RevertCommand.Create(host),
            ExportCommand.Create(host),
            VerifyCommand.Create(host),
            PlanCommand.Create(host),
            CompletionCommand.Create(host),
        };
        root.SetAction(parsed => ((SynchronousCommandLineAction)root.Options.OfType<HelpOption>().Single().Action!).Invoke(parsed));
        return root;
    }
}
