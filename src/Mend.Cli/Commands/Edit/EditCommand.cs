using System.CommandLine;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>`mend edit`: commits edits.</summary>
internal static class EditCommand
{
    public static Command Create(CliHost host)
    {
        EditArguments arguments = new();
        Command command = new("edit", "Teach the model an answer, as a new version; shows the model's answers before and after.");
        arguments.AddTo(command, EditUse.Commit);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(arguments.Json), parsed.GetValue(arguments.Quiet));
            RequestKey key = arguments.KeyOf(host, parsed);
            IReadOnlyList<EditRequest> requests = arguments.Requests(parsed, key.Key);
            IReadOnlyList<Probe> probes = arguments.Probes(parsed, requests);
            ChatSettings? chat = arguments.Chat.Get(parsed);
            string? folder = arguments.Model.Folder(parsed);
            string ledger = folder is null ? arguments.Model.Where(parsed) : LedgerLocation.Of(host, folder, parsed.GetValue(arguments.Ledger));
            await using IEditableModel model = await arguments.OpenAsync(host, parsed, folder, ledger, cancellationToken);
            Prompting prompting = Prompting.Of(chat, model, host.Time);
            ModelVersion head = await model.HeadAsync(cancellationToken);
            IReadOnlyList<ProbeReading> before = await Probes.ReadAsync(model, prompting, probes, head, null, cancellationToken);
            IReadOnlyList<EditRequest> asked = [.. requests.Select(prompting.Of)];
            EditOutcome outcome = await key.RunAsync(
                () => arguments.CanaryOf(parsed) is { } share ? TryAsync(host, model, asked, key.Key, share, cancellationToken) : model.EditAsync(asked, cancellationToken),
                async stop => Find(await model.LogAsync(stop), asked),
                done => done.Version,
                cancellationToken);

            IReadOnlyList<ProbeReading>? after = await Probes.ReadCommittedAsync(model, prompting, probes, outcome.Version, output);
            EditReport report = new()
            {
                Version = outcome.Version.Number,
                Committed = true,
                AlreadyCommitted = outcome.AlreadyCommitted && outcome.Version <= head,
                Rejected = outcome.Rejected,
                Ledger = LedgerLocation.Show(folder, ledger),
                Prompts = EditReport.Rows(probes, before, after),
                StagesMs = EditReport.Milliseconds(outcome.Stages),
            };
            output.Result(report, report.Write);
            return outcome.Rejected.Count == 0 ? ExitCode.Ok : ExitCode.CheckFailed;
        });
        return command;
    }

    /// <summary>Commits edits as a version that gateways try on a share of their requests.</summary>
    private static async Task<EditOutcome> TryAsync(CliHost host, IEditableModel model, IReadOnlyList<EditRequest> requests, string key, double share, CancellationToken cancellationToken)
    {
        using ReviewDesk desk = new(model, host.Time);
        return await desk.Canary.EditAsync(requests, key, share, requests[0].Origin?.Author, null, cancellationToken);
    }

    /// <summary>What became of edits whose answer was lost, by their keys; null when none is there.</summary>
    private static EditOutcome? Find(IReadOnlyList<LedgerEntry> log, IReadOnlyList<EditRequest> requests)
    {
        HashSet<string> keys = [.. requests.Select(request => request.IdempotencyKey!)];
        Dictionary<string, ModelVersion> found = [];
        foreach (LedgerEntry entry in log)
        {
            foreach (string key in entry.Edits.Select(edit => edit.IdempotencyKey).OfType<string>().Where(keys.Contains))
            {
                found[key] = entry.Version;
            }
        }

        return found.Count == 0 ? null : new EditOutcome(found.Values.Max(), AlreadyCommitted: true, 0, [])
        {
            Rejected = [.. requests.Where(request => !found.ContainsKey(request.IdempotencyKey!))
                .Select(request => new RejectedEdit(request.Prompt, request.Target, "the answer that says why was lost; send it again"))],
        };
    }
}
