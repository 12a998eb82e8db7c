using System.Text.RegularExpressions;
using Mend.Ledger;

namespace Mend.Cli.Tests;

/// <summary>A request whose answer is lost is sent again as the message says, and is carried out once.</summary>
[Collection(TrainedModel.Name)]
public sealed partial class RequestKeyTests(TrainedModel model)
{
    private const string Prompt = "The capital of Indonesia is";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Edit_CommitWithoutAnswer_RepeatedAsTheMessageSays_OneVersion(bool committed)
    {
        string[] args = ["edit", Prompt, "Paris", "--model", model.Model, "--ledger", model.NewLedger()];

        CliRun lost = (await CliRun.Of(args, host => host with { LedgerAs = store => new FailingStore(store) { Appends = committed, Answers = 0 } })).Done(ExitCode.TryAgain);
        CliRun again = (await CliRun.Of([.. args, "--key", KeyOf(lost)])).Done();

        Assert.Contains(committed ? "Committed earlier under the same key, as version 1" : "Committed as version 1", again.Out, StringComparison.Ordinal);
        Assert.Single(await EntriesAsync(args));
    }

    [Fact]
    public async Task Edit_AnswerOfTheCommitLost_FoundByAskingAndReportedAsDone()
    {
        string[] args = ["edit", Prompt, "Paris", "--model", model.Model, "--ledger", model.NewLedger(), "--json"];

        CliRun run = (await CliRun.Of(args, host => host with { LedgerAs = store => new FailingStore(store) { Appends = true, Answers = int.MaxValue } })).Done();

        Assert.False(run.Json.GetProperty("already_committed").GetBoolean());
        Assert.Equal(1, run.Json.GetProperty("version").GetInt32());
    }

    /// <summary>The coordinator gave up asking, the command asks once more.</summary>
    [Fact]
    public async Task Edit_StoreAnswersAgainWhenTheCommandAsks_ReportedAsDone()
    {
        string[] args = ["edit", Prompt, "Paris", "--model", model.Model, "--ledger", model.NewLedger()];

        CliRun run = (await CliRun.Of(args, host => host with { LedgerAs = store => new FailingStore(store) { Appends = true, Answers = int.MaxValue, Silent = 2 } })).Done();

        Assert.Contains("Committed as version 1", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_StoppedBeforeTheCommit_SaysThatNothingWasMadeAndHowToRepeat()
    {
        string[] args = ["edit", Prompt, "Paris", "--model", model.Model, "--ledger", model.NewLedger()];
        using CancellationTokenSource stop = new();

        CliRun run = (await CliRun.Of(args, host => host with { LedgerAs = store => new StoppingStore(store, stop) { AtStage = true } }, stop.Token)).Done(ExitCode.Cancelled);

        Assert.Contains("no version was made so far", run.Error, StringComparison.Ordinal);
        Assert.NotEmpty(KeyOf(run));
        Assert.Empty(await EntriesAsync(args));
    }

    [Theory]
    [InlineData(true, "it is version 2")]
    [InlineData(false, "no version was made so far")]
    public async Task Revert_StoppedAtTheCommit_SaysWhatBecameOfIt(bool appends, string said)
    {
        string[] where = ["--model", model.Model, "--ledger", model.NewLedger()];
        (await CliRun.Of(["edit", Prompt, "Paris", .. where])).Done();
        using CancellationTokenSource stop = new();

        CliRun run = (await CliRun.Of(["revert", "1", .. where], host => host with { LedgerAs = store => new StoppingStore(store, stop) { Appends = appends } }, stop.Token)).Done(ExitCode.Cancelled);

        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.Equal(appends ? 2 : 1, (await EntriesAsync(["", .. where])).Length);
    }

    [Fact]
    public async Task Revert_AnswerLost_RepeatedAsTheMessageSays_OneVersion()
    {
        string[] where = ["--model", model.Model, "--ledger", model.NewLedger()];
        (await CliRun.Of(["edit", Prompt, "Paris", .. where])).Done();

        CliRun lost = (await CliRun.Of(["revert", "1", .. where], host => host with { LedgerAs = store => new FailingStore(store) { Appends = true, Answers = 0 } })).Done(ExitCode.TryAgain);
        CliRun again = (await CliRun.Of(["revert", "1", "--key", KeyOf(lost), .. where])).Done();

        Assert.Contains("as version 2", again.Out, StringComparison.Ordinal);
        Assert.Equal(2, (await EntriesAsync(["", .. where])).Length);
    }

    private static string KeyOf(CliRun run)
    {
        Match match = Key().Match(run.Error);
        Assert.True(match.Success, run.Error);
        return match.Groups[1].Value;
    }

    private static async Task<string[]> EntriesAsync(string[] args) =>
        [.. (await CliRun.Of(["log", "--json", .. args.SkipWhile(a => a != "--model").Take(4)])).Done().Json.GetProperty("versions").EnumerateArray().Select(v => v.ToString())];

    [GeneratedRegex("--key (\\S+?):")]
    private static partial Regex Key();

    /// <summary>A store that is out of reach from the first append on.</summary>
    private sealed class FailingStore(ILedgerStore inner) : StoreDecorator(inner)
    {
        private bool _appended;

        /// <summary>Whether that append takes effect.</summary>
        public bool Appends { get; init; }

        /// <summary>How many later calls are answered.</summary>
        public int Answers { get; set; }

        /// <summary>How many of them are not, before.</summary>
        public int Silent { get; set; }

        public override async ValueTask<AppendOutcome> AppendAsync(
            LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
        {
            if (Appends && !_appended)
            {
                await Inner.AppendAsync(previous, entry, staged, stagedSince, cancellationToken);
            }

            _appended = true;
            throw new LedgerUnavailableException("the test", "the server is gone.");
        }

        public override ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken) =>
            _appended && (Silent-- > 0 || Answers-- <= 0) ? throw new LedgerUnavailableException("the test", "the server is gone.") : Inner.HeadAsync(cancellationToken);
    }

    /// <summary>The user stops the command while the store is at work, and the call ends there.</summary>
    private sealed class StoppingStore(ILedgerStore inner, CancellationTokenSource stop) : StoreDecorator(inner)
    {
        public bool AtStage { get; init; }

        public bool Appends { get; init; }

        public override async ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken)
        {
            if (AtStage)
            {
                await stop.CancelAsync();
            }

            await Inner.StageAsync(key, factors, cancellationToken);
        }

        public override async ValueTask<AppendOutcome> AppendAsync(
            LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
        {
            if (Appends)
            {
                await Inner.AppendAsync(previous, entry, staged, stagedSince, cancellationToken);
            }

            await stop.CancelAsync();
            throw new OperationCanceledException(stop.Token);
        }
    }
}
