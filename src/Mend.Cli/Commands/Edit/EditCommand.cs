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
        arguments.AddTo(command, withKey: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(arguments.Json), parsed.GetValue(arguments.Quiet));
            IReadOnlyList<EditRequest> requests = arguments.Requests(parsed);
            IReadOnlyList<Probe> probes = arguments.Probes(parsed, requests);
            ChatSettings? chat = arguments.Chat.Get(parsed);
            string? folder = arguments.Model.Folder(parsed);
            string ledger = folder is null ? arguments.Model.Where(parsed) : LedgerLocation.Of(host, folder, parsed.GetValue(arguments.Ledger));
            await using IEditableModel model = await arguments.OpenAsync(host, parsed, folder, ledger, cancellationToken);
            Prompting prompting = Prompting.Of(chat, model, host.Time);
            if (model is EmbeddedModel embedded)
            {
                await embedded.CollectGarbageAsync(cancellationToken);
            }

            IReadOnlyList<ProbeReading> before = await Probes.ReadAsync(model, prompting, probes, null, null, cancellationToken);
            EditOutcome outcome = await model.EditAsync([.. requests.Select(prompting.Of)], cancellationToken);

            IReadOnlyList<ProbeReading>? after = await Probes.ReadCommittedAsync(model, prompting, probes, outcome.Version, output);
            EditReport report = new()
            {
                Version = outcome.Version.Number,
                Committed = true,
                AlreadyCommitted = outcome.AlreadyCommitted,
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
}
