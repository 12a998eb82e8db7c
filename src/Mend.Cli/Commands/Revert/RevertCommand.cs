using System.CommandLine;
using Mend.Ledger;
using Mend.Models;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>`mend revert`: takes versions back.</summary>
internal static class RevertCommand
{
    public static Command Create(CliHost host)
    {
        Argument<int[]> versions = new("version") { Description = "The versions to take back; see `mend log`.", Arity = ArgumentArity.OneOrMore };
        versions.CustomParser = result =>
        {
            List<int> numbers = [];
            foreach (string text in result.Tokens.Select(t => t.Value))
            {
                if (!int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number) || number < 1)
                {
                    result.AddError($"'{text}' is no version; versions are whole numbers from 1, see `mend log`.");
                    return [];
                }

                numbers.Add(number);
            }

            return [.. numbers.Distinct()];
        };
        Option<string> model = Options.Model();
        Option<string?> ledger = Options.Ledger();
        Option<string?> key = Options.Key();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("revert", "Take versions back, as a new version. Reverting a revert brings back what it took.") { versions, model, ledger, key, json, quiet };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            string folder = parsed.GetRequiredValue(model);
            using ModelFolder opened = ModelFolder.Open(folder);
            string where = LedgerLocation.Require(folder, parsed.GetValue(ledger));
            int[] targets = parsed.GetRequiredValue(versions);
            await using EditLedger log = await ModelOpening.OpenLedgerAsync(host, opened, where, cancellationToken);
            ModelVersion version = await log.RevertAsync([.. targets.Select(t => new ModelVersion(t))], parsed.GetValue(key), cancellationToken);
            output.Result(
                new { Version = version.Number, Reverted = targets, Ledger = LedgerLocation.Show(folder, where) },
                console => console.WriteLine($"Reverted {string.Join(", ", targets)} as version {version}."));
            return ExitCode.Ok;
        });
        return command;
    }
}
