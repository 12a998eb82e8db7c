using System.CommandLine;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>`mend preview`: shows what edits would do, and commits nothing.</summary>
internal static class PreviewCommand
{
    public static Command Create(CliHost host)
    {
        EditArguments arguments = new();
        Command command = new("preview", "Show what an edit would do, without committing it.");
        arguments.AddTo(command, EditUse.Preview);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(arguments.Json), parsed.GetValue(arguments.Quiet));
            IReadOnlyList<EditRequest> requests = arguments.Requests(parsed);
            IReadOnlyList<Probe> probes = arguments.Probes(parsed, requests);
            ChatSettings? chat = arguments.Chat.Get(parsed);
            string? folder = arguments.Model.Folder(parsed);
            string? ledger = folder is null ? arguments.Model.Where(parsed) : LedgerLocation.ForReading(host, folder, parsed.GetValue(arguments.Ledger));
            await using IEditableModel model = await arguments.OpenAsync(host, parsed, folder, ledger, cancellationToken);
            Prompting prompting = Prompting.Of(chat, model, host.Time);
            EditDraft draft = await model.PreviewAsync([.. requests.Select(prompting.Of)], cancellationToken);
            IReadOnlyList<ProbeReading> before = await Probes.ReadAsync(model, prompting, probes, draft.ReadVersion, null, cancellationToken);
            IReadOnlyList<ProbeReading> after = await Probes.ReadAsync(model, prompting, probes, null, draft, cancellationToken);
            EditReport report = new()
            {
                Version = draft.ReadVersion.Number,
                Committed = false,
                Ledger = LedgerLocation.Show(folder, ledger),
                Prompts = EditReport.Rows(probes, before, after),
                StagesMs = EditReport.Milliseconds(draft.Stages),
            };
            output.Result(report, report.Write);
            return ExitCode.Ok;
        });
        return command;
    }
}
