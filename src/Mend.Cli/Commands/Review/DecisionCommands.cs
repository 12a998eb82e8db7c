using System.CommandLine;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>`mend approve` and `mend decline`: decide on a proposal.</summary>
internal static class DecisionCommands
{
    public static Command Approve(CliHost host)
    {
        Option<bool> force = new("--force") { Description = "Commit it even if a look at it before says that it does not do what it should." };
        Option<double?> canary = Options.Canary();
        return Create(
            host,
            new Command("approve", "Approve a proposal and commit it, as a new version: once, however often it is approved.") { force, canary },
            computes: true,
            async (proposals, id, decider, parsed, cancellationToken) =>
            {
                Proposal done = await proposals.ApproveAsync(id, decider, parsed.GetValue(force), parsed.GetValue(canary), null, cancellationToken);
                return (done, $"Approved; proposal {id} is version {done.Version}.");
            });
    }

    public static Command Decline(CliHost host) => Create(
        host,
        new Command("decline", "Decline a proposal; nothing comes of it."),
        computes: false,
        async (proposals, id, decider, _, cancellationToken) => (await proposals.DeclineAsync(id, decider, cancellationToken), $"Declined; nothing comes of proposal {id}."));

    private static Command Create(
        CliHost host, Command command, bool computes, Func<Proposals, long, ProposalDecider, ParseResult, CancellationToken, Task<(Proposal Proposal, string Summary)>> decide)
    {
        ReviewArguments arguments = new();
        Argument<long> id = ReviewArguments.Number();
        OriginOptions origin = new();
        command.Add(id);
        arguments.AddTo(command, computes);
        origin.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(arguments.Json), parsed.GetValue(arguments.Quiet));
            return arguments.RunAsync(
                host,
                parsed,
                computes,
                async (model, desk, ledger) =>
                {
                    EditOrigin? said = origin.Get(parsed);
                    (Proposal done, string summary) = await decide(desk.Proposals, parsed.GetValue(id), new ProposalDecider(said?.Author, said?.Reason), parsed, cancellationToken);
                    ProposalReport report = ProposalReport.Of(done, await model.HeadAsync(CancellationToken.None), ledger);
                    output.Result(report, console => report.Write(console, summary));
                },
                cancellationToken);
        });
        return command;
    }
}
