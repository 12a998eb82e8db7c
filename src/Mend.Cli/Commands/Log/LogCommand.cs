using System.CommandLine;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>`mend log`: lists a model's versions.</summary>
internal static class LogCommand
{
    public static Command Create(CliHost host)
    {
        ModelSource model = new();
        Option<string?> ledger = Options.Ledger();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("log", "List the versions of a model: edits and reverts, with those that were taken back marked.") { ledger, json, quiet };
        model.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            LogReport report = model.Folder(parsed) is { } folder
                ? await ReadAsync(host, folder, parsed.GetValue(ledger), cancellationToken)
                : await AskAsync(model, parsed, cancellationToken);
            output.Result(report, report.Write);
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<LogReport> ReadAsync(CliHost host, string folder, string? ledger, CancellationToken cancellationToken)
    {
        using ModelFolder opened = ModelFolder.Open(folder);
        if (LedgerLocation.ForReading(host, folder, ledger) is not { } versions)
        {
            return new LogReport { Versions = [] };
        }

        await using EditLedger log = await ModelOpening.OpenLedgerAsync(host, opened, versions, cancellationToken);
        return new LogReport { Ledger = LedgerLocation.Show(folder, versions), Versions = LogReport.Of(await log.EntriesAsync(ModelVersion.Base, cancellationToken)) };
    }

    private static async Task<LogReport> AskAsync(ModelSource model, ParseResult parsed, CancellationToken cancellationToken)
    {
        await using IEditableModel served = await model.ConnectAsync(parsed, cancellationToken);
        return new LogReport { Ledger = model.Where(parsed), Versions = LogReport.Of(await served.LogAsync(cancellationToken)) };
    }
}
