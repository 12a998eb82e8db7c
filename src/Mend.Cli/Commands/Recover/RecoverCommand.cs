using System.CommandLine;
using Mend.Ledger;

namespace Mend.Cli;

/// <summary>`mend recover`: says what is lost of a damaged ledger, and gives it up.</summary>
internal static class RecoverCommand
{
    public static Command Create(CliHost host)
    {
        Option<string> model = Options.Model();
        Option<string?> ledger = Options.Ledger();
        Option<bool> yes = new("--yes") { Description = "Take the versions behind the damage out of the log; they are kept aside. Stop everything that uses the ledger first." };
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new(
            "recover", "Look a ledger over that does not open: up to which version it is whole, and what is lost behind that. Changes nothing without --yes. Exit code 1 when something is lost.")
        {
            model, ledger, yes, json, quiet,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            string folder = parsed.GetRequiredValue(model);
            string where = LedgerLocation.Require(host, folder, parsed.GetValue(ledger));
            await using ILedgerStore store = ModelOpening.OpenStore(host, folder, where);
            LedgerExamination found = await LedgerRecovery.ExamineAsync(store, cancellationToken);
            bool give = parsed.GetValue(yes) && found.Damage is not null;
            RecoverReport report = RecoverReport.Of(found, LedgerLocation.Show(folder, where)!, give ? await LedgerRecovery.SetAsideAsync(store, found, cancellationToken) : null);
            output.Result(report, report.Write);
            return found.IsWhole || (give && found.MissingFactors.Count == 0) ? ExitCode.Ok : ExitCode.CheckFailed;
        });
        return command;
    }
}
