using System.CommandLine;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>`mend propose`: edits that somebody else decides on.</summary>
internal static class ProposeCommand
{
    public static Command Create(CliHost host)
    {
        EditArguments arguments = new();
        Command command = new("propose", "Propose an edit that somebody else approves or declines; shows what it would do and commits nothing.");
        arguments.AddTo(command, EditUse.Propose);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(arguments.Json), parsed.GetValue(arguments.Quiet));
            IReadOnlyList<EditRequest> requests = arguments.Requests(parsed);
            ChatSettings? chat = arguments.Chat.Get(parsed);
            string? folder = arguments.Model.Folder(parsed);
            string ledger = folder is null ? arguments.Model.Where(parsed) : LedgerLocation.Of(host, folder, parsed.GetValue(arguments.Ledger));
            await using IEditableModel model = await arguments.OpenAsync(host, parsed, folder, ledger, cancellationToken);
            Prompting prompting = Prompting.Of(chat, model, host.Time);
            Probe[] probes =
            [
                .. requests.Select(r => new Probe("edit", r.Prompt, r.Target)),
                .. requests.SelectMany(r => r.Rephrases.Select(p => new Probe("rephrase", p, r.Target))),
                .. arguments.Probes(parsed, []),
            ];
            using ReviewDesk desk = new(model, host.Time);
            Proposal made = await desk.Proposals.ProposeAsync(
                new ProposalOffer
                {
                    Requests = [.. requests.Select(r => prompting.Of(r) with { Origin = null })],
                    Questions = [.. probes.Select(p => new PreviewQuestion(p.Kind, p.Prompt, new ProbePrompt(prompting.Ask(p.Prompt), p.Target is null ? p.Prompt : prompting.Before(p.Prompt), p.Target)))],
                    Ends = prompting.Ends,
                    Origin = arguments.OriginOf(parsed),
                    Key = arguments.GivenKey(parsed),
                },
                cancellationToken);
            ProposalReport report = ProposalReport.Of(made, await model.HeadAsync(cancellationToken), LedgerLocation.Show(folder, ledger));
            output.Result(report, console => report.Write(console, $"Proposed as number {made.Id}; nothing was committed. `mend approve {made.Id}` commits it."));
            return ExitCode.Ok;
        });
        return command;
    }
}
