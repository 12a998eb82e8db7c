using System.CommandLine;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;
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
        ModelSource model = new();
        Option<string?> ledger = Options.Ledger();
        Option<string?> key = Options.Key();
        OriginOptions origin = new();
        Option<bool> json = Options.Json(), quiet = Options.Quiet();
        Command command = new("revert", "Take versions back, as a new version. Reverting a revert brings back what it took.") { versions, ledger, key, json, quiet };
        model.AddTo(command);
        origin.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), parsed.GetValue(quiet));
            int[] targets = parsed.GetRequiredValue(versions);
            RequestKey requestKey = new(host, parsed.GetValue(key));
            RevertRequest request = new([.. targets.Select(t => new ModelVersion(t))], requestKey.Key) { Origin = origin.Get(parsed) };
            (ModelVersion version, string? where) = model.Folder(parsed) is { } folder
                ? await RevertAsync(host, folder, parsed.GetValue(ledger), request, requestKey, cancellationToken)
                : await AskAsync(model, parsed, request, requestKey, cancellationToken);
            output.Result(
                new { Version = version.Number, Reverted = targets, Ledger = where },
                console => console.WriteLine($"Reverted {string.Join(", ", targets)} as version {version}."));
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<(ModelVersion Version, string? Where)> RevertAsync(
        CliHost host, string folder, string? ledger, RevertRequest request, RequestKey key, CancellationToken cancellationToken)
    {
        using ModelFolder opened = ModelFolder.Open(folder);
        string where = LedgerLocation.Require(host, folder, ledger);
        await using EditLedger log = await ModelOpening.OpenLedgerAsync(host, opened, where, cancellationToken);
        ModelVersion made = await MakeAsync(
            key,
            () => log.RevertAsync(request.Versions, request.IdempotencyKey, request.Origin, cancellationToken: cancellationToken),
            stop => log.EntriesAsync(ModelVersion.Base, stop),
            cancellationToken);
        return (made, LedgerLocation.Show(folder, where));
    }

    private static async Task<(ModelVersion Version, string? Where)> AskAsync(
        ModelSource model, ParseResult parsed, RevertRequest request, RequestKey key, CancellationToken cancellationToken)
    {
        await using IEditableModel served = await model.ConnectAsync(parsed, cancellationToken);
        return (await MakeAsync(key, () => served.RevertAsync(request, cancellationToken), served.LogAsync, cancellationToken), model.Where(parsed));
    }

    private static async Task<ModelVersion> MakeAsync(
        RequestKey key, Func<Task<ModelVersion>> revert, Func<CancellationToken, Task<IReadOnlyList<LedgerEntry>>> log, CancellationToken cancellationToken) =>
        (await key.RunAsync(
            async () => new Made(await revert()),
            async stop => (await log(stop)).FirstOrDefault(entry => entry.IdempotencyKey == key.Key) is { } entry ? new Made(entry.Version) : null,
            made => made.Version,
            cancellationToken)).Version;

    private sealed record Made(ModelVersion Version);
}
