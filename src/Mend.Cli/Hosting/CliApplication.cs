using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

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
        ParseResult? parsed = null;
        try
        {
            parsed = Root(host).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            ThrowIfWrong(parsed);
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
            return ErrorReport.Write(host, e, Model(parsed));
        }
    }

    private static string? Model(ParseResult? parsed) => parsed?.CommandResult.Children.OfType<OptionResult>()
        .FirstOrDefault(o => o.Option.Name == Options.ModelName)?.Tokens.FirstOrDefault()?.Value;

    /// <summary>What is wrong comes before what is missing: a misspelt option is the reason that the right one is missing.</summary>
    private static void ThrowIfWrong(ParseResult parsed)
    {
        if (parsed.Action is HelpAction)
        {
            return;
        }

        // The parser takes a misspelt option for the text of an argument.
        string? misspelt = parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash)
            ? null
            : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value).FirstOrDefault(IsOption);
        string? message = misspelt is not null
            ? $"There is no option '{misspelt}' (text that begins so goes behind a lone --)."
            : parsed.Errors.Select(e => e.Message).FirstOrDefault(m => parsed.UnmatchedTokens.Any(t => m.Contains($"'{t}'", StringComparison.Ordinal)))
                ?? parsed.Errors.FirstOrDefault()?.Message;
        if (message is not null)
        {
            string command = parsed.CommandResult.Command is RootCommand ? "mend" : $"mend {parsed.CommandResult.Command.Name}";
            throw new CliException(ExitCode.Usage, $"{message} See `{command} --help`.");
        }
    }

    private static bool IsOption(string token) => token is ['-', '-', not (' ' or '-'), ..] or ['-', >= 'a' and <= 'z'];

    /// <summary>The command tree.</summary>
    public static RootCommand Root(CliHost host)
    {
        RootCommand root = new($"Edits facts in sharded language models: MEND editors turn one gradient into a low-rank edit, a ledger keeps every version.\n\n{ExitCode.Help}")
        {
            DemoCommand.Create(host),
            EditCommand.Create(host),
            PreviewCommand.Create(host),
            ProposeCommand.Create(host),
            ProposalsCommand.Create(host),
            DecisionCommands.Approve(host),
            DecisionCommands.Decline(host),
            CanaryCommand.Create(host),
            GenerateCommand.Create(host),
            ChatCommand.Create(host),
            ServeCommand.Create(host),
            KeyCommand.Create(host),
            TrainCommand.Create(host),
            EvalCommand.Create(host),
            LogCommand.Create(host),
            RevertCommand.Create(host),
            RecoverCommand.Create(host),
            ConsolidateCommand.Create(host),
            UseEditorCommand.Create(host),
            ExportCommand.Create(host),
            VerifyCommand.Create(host),
            DoctorCommand.Create(host),
            PlanCommand.Create(host),
            CompletionCommand.Create(host),
        };
        root.SetAction(parsed => ((SynchronousCommandLineAction)root.Options.OfType<HelpOption>().Single().Action!).Invoke(parsed));
        return root;
    }
}
