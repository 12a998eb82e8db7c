using System.CommandLine;
using Mend.Ledger;
using Mend.Models;

namespace Mend.Cli;

/// <summary>`mend log`: lists a model's versions.</summary>
internal static class LogCommand
{
    public static Command Create(CliHost host)
    {
        Option<string> model = Options.Model();
        Option<string?> ledger = Options.Ledger();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("log", "List the versions of a model: edits and reverts, with those that were taken back marked.") { model, ledger, json, quiet };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            string folder = parsed.GetRequiredValue(model);
            using ModelFolder opened = ModelFolder.Open(folder);
            string? versions = LedgerLocation.ForReading(folder, parsed.GetValue(ledger));
            LogReport report = new() { Ledger = LedgerLocation.Show(folder, versions), Versions = [] };
            if (versions is not null)
            {
                await using EditLedger log = await ModelOpening.OpenLedgerAsync(host, opened, versions, cancellationToken);
                report = report with { Versions = LogReport.Of(await log.EntriesAsync(ModelVersion.Base, cancellationToken)) };
            }

            output.Result(report, console => report.Write(console));
            return ExitCode.Ok;
        });
        return command;
    }
}
