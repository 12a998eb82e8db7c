using System.CommandLine;
using System.Globalization;
using Mend.Ledger;
using Mend.Sharding;
using Spectre.Console;

namespace Mend.Cli;

/// <summary>`mend canary`: the version that gateways try on a share of their requests.</summary>
internal static class CanaryCommand
{
    private const string Promote = "promote", Withdraw = "withdraw";

    public static Command Create(CliHost host)
    {
        ReviewArguments arguments = new();
        OriginOptions origin = new();
        Argument<string?> what = new("what") { Description = $"{Promote}: everybody reads it; {Withdraw}: it is taken back. Default: show it.", Arity = ArgumentArity.ZeroOrOne };
        what.AcceptOnlyFromAmong(Promote, Withdraw);
        Command command = new("canary", "Show the version that gateways try on a share of their requests, or end the trial.") { what };
        arguments.AddTo(command, computes: false);
        origin.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(arguments.Json), parsed.GetValue(arguments.Quiet));
            return arguments.RunAsync(
                host,
                parsed,
                computes: false,
                async (_, desk, ledger) =>
                {
                    EditOrigin? said = origin.Get(parsed);
                    (CanaryTrial? trial, long? reverted) = parsed.GetValue(what) switch
                    {
                        Promote => (await desk.Canary.PromoteAsync(said?.Author, cancellationToken), (long?)null),
                        Withdraw => await WithdrawAsync(desk.Canary, said, cancellationToken),
                        _ => (await desk.Canary.CurrentAsync(cancellationToken), null),
                    };
                    output.Result(
                        new { Version = trial?.Version.Number, Stable = trial?.Stable.Number, trial?.Share, trial?.By, trial?.Since, trial?.Waiting, Ended = parsed.GetValue(what), Reverted = reverted, Ledger = ledger },
                        console => console.WriteLine(Tell(trial, parsed.GetValue(what), reverted)));
                },
                cancellationToken);
        });
        return command;
    }

    private static async Task<(CanaryTrial? Trial, long? Reverted)> WithdrawAsync(Canary canary, EditOrigin? origin, CancellationToken cancellationToken)
    {
        (CanaryTrial trial, ModelVersion reverted) = await canary.WithdrawAsync(origin, origin?.Author, cancellationToken);
        return (trial, reverted.Number);
    }

    private static string Tell(CanaryTrial? trial, string? ended, long? reverted) => (trial, ended) switch
    {
        (null, _) => "No version is on trial.",
        (_, Promote) => $"Version {trial.Version} is promoted: who names no version reads the newest one.",
        (_, Withdraw) => $"Version {trial.Version} is withdrawn, as version {reverted}.",
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"Version {trial.Version} is tried on {trial.Share:0.####} of the requests, the others read version {trial.Stable}{(trial.Waiting > 0 ? $"; {trial.Waiting} newer versions wait" : "")}. `mend canary promote` or `mend canary withdraw` ends that."),
    };
}
