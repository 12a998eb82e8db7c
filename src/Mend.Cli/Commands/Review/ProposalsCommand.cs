using System.CommandLine;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>`mend proposals`: lists proposals, or shows one.</summary>
internal static class ProposalsCommand
{
    public static Command Create(CliHost host)
    {
        ReviewArguments arguments = new();
        Argument<long?> id = ReviewArguments.OptionalNumber();
        Option<bool> all = new("--all") { Description = "Also those that are declined or committed." };
        Command command = new("proposals", "List proposals that wait for a decision, or show what one of them would do.") { id, all };
        arguments.AddTo(command, computes: false);
        command.SetAction((parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(arguments.Json), parsed.GetValue(arguments.Quiet));
            return arguments.RunAsync(
                host,
                parsed,
                computes: false,
                async (model, desk, ledger) =>
                {
                    ModelVersion head = await model.HeadAsync(cancellationToken);
                    if (parsed.GetValue(id) is { } number)
                    {
                        ProposalReport one = ProposalReport.Of(await desk.Proposals.GetAsync(number, cancellationToken), head, ledger);
                        output.Result(one, console => one.Write(console, one.Summary));
                        return;
                    }

                    bool everything = parsed.GetValue(all);
                    IReadOnlyList<Proposal> some = [.. (await desk.Proposals.ListAsync(cancellationToken)).Where(p => everything || p.State is not (ProposalState.Declined or ProposalState.Committed))];
                    ProposalReport[] reports = [.. some.Select(p => ProposalReport.Of(p, head, ledger))];
                    output.Result(new { Proposals = reports }, console => ProposalReport.WriteList(console, reports, everything));
                },
                cancellationToken);
        });
        return command;
    }
}
