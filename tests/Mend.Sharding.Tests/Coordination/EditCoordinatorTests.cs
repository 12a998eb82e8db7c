using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding.Tests.Simulation;

namespace Mend.Sharding.Tests.Coordination;

public sealed class EditCoordinatorTests
{
    private static readonly EditRequest A = new("a", "1");
    private static readonly EditRequest B = new("b", "2");
    private static readonly EditRequest C = new("c", "3");
    private static readonly EditRequest D = new("d", "4");

    private readonly InMemoryLedgerStore _disk = new();

    [Fact]
    public async Task EditAsync_ShardThatCannotPrepare_CommitsNothingAndSaysToSendItAgain()
    {
        Setup setup = await SetUpAsync();
        setup.Shards[1].Preparing = _ => throw new RetryableException("The silo is gone.");

        await Assert.ThrowsAsync<RetryableException>(() => setup.Coordinator.EditAsync([A]));

        Assert.Equal(ModelVersion.Base, await setup.Ledger.HeadAsync());
        Assert.All(setup.Shards, s => Assert.Equal(0, s.Drafts));
        await setup.Ledger.Tidied;
        Assert.Empty(await _disk.ListStagedAsync(default));
        setup.Shards[1].Preparing = _ => Task.CompletedTask;
        Assert.Equal(new ModelVersion(1), (await setup.Coordinator.EditAsync([A])).Version);
    }

    [Fact]
    public async Task EditAsync_ShardThatLostItsDraft_IsDraftedAgain()
    {
        Setup setup = await SetUpAsync();
        setup.Shards[1].Preparing = draft => setup.Drafter.Batches.Count == 1 ? setup.Shards[1].DiscardAsync([draft.Name], default) : Task.CompletedTask;

        EditOutcome outcome = await setup.Coordinator.EditAsync([A]);

        Assert.Equal((1, 2), (outcome.Version.Number, outcome.Attempts));
        Assert.Equal(["a", "a"], setup.Drafter.Batches);
        Assert.Single(await setup.Ledger.EntriesAsync());
    }

    [Fact]
    public async Task EditAsync_ShardThatAlwaysLosesItsDraft_GivesUpWithARetryableError()
    {
        Setup setup = await SetUpAsync();
        setup.Shards[0].Preparing = draft => setup.Shards[0].DiscardAsync([draft.Name], default);

        await Assert.ThrowsAsync<RetryableException>(() => setup.Coordinator.EditAsync([A]));

        Assert.Equal(ModelVersion.Base, await setup.Ledger.HeadAsync());
    }

    [Fact]
    public async Task EditAsync_ShardThatCannotBeTold_SucceedsAndIsCounted()
    {
        ConcurrentBag<string?> errors = [];
        using MeterListener meters = new();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ShardingTelemetry.Name && instrument.Name == "mend.edit.publish.failures")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        meters.SetMeasurementEventCallback<long>((_, _, tags, _) => errors.Add((string?)tags[0].Value));
        meters.Start();
        Setup setup = await SetUpAsync();
        setup.Shards[0].Applying = _ => throw new OutOfReachException();

        EditOutcome outcome = await setup.Coordinator.EditAsync([A]);

        Assert.Equal(new ModelVersion(1), outcome.Version);
        Assert.Single(errors, nameof(OutOfReachException));
    }

    [Fact]
    public async Task EditAsync_ShardThatDoesNotAnswerWhenTold_HoldsTheAnswerUpForSoLongOnly()
    {
        Scheduler scheduler = new(1);
        Setup setup = await SetUpAsync(time: new Process(scheduler, "coordinator"));
        TaskCompletionSource told = new();
        setup.Shards[0].Applying = cancellationToken =>
        {
            told.SetResult();
            return Task.Delay(Timeout.Infinite, cancellationToken);
        };
        Task<EditOutcome> edit = setup.Coordinator.EditAsync([A]);
        await told.Task;
        Assert.False(edit.IsCompleted);

        Assert.True(scheduler.Step(new EditCoordinatorOptions().PublishTimeout.Ticks));

        Assert.Equal(new ModelVersion(1), (await edit).Version);
    }

    [Fact]
    public async Task EditAsync_CancelledWhileItWaits_EndsAtOnceAndIsNeverDrafted()
    {
        Setup setup = await SetUpAsync();
        TaskCompletionSource drafting = setup.HoldDraft("a");
        using CancellationTokenSource cancellation = new();
        Task<EditOutcome> first = setup.Coordinator.EditAsync([A]);
        Task<EditOutcome> waiting = setup.Coordinator.EditAsync([B], cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.False(first.IsCompleted);
        drafting.SetResult();
        await first;
        await setup.Coordinator.EditAsync([C]);
        Assert.Equal(["a", "c"], setup.Drafter.Batches);
    }

    [Fact]
    public async Task EditAsync_CancelledAtWork_CommitsNothing()
    {
        Setup setup = await SetUpAsync();
        setup.HoldDraft("a");
        using CancellationTokenSource cancellation = new();
        Task<EditOutcome> edit = setup.Coordinator.EditAsync([A], cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => edit);
        Assert.Equal(ModelVersion.Base, await setup.Ledger.HeadAsync());
    }

    /// <summary>A pass serves its whole batch: it goes on for those who still wait, and then the others' edits are committed too.</summary>
    [Fact]
    public async Task EditAsync_OneOfABatchCancelled_GoesOnForTheOthers()
    {
        Setup setup = await SetUpAsync();
        TaskCompletionSource first = setup.HoldDraft("a");
        TaskCompletionSource both = setup.HoldDraft("b c");
        using CancellationTokenSource cancellation = new();
        Task<EditOutcome>[] edits = [setup.Coordinator.EditAsync([A]), setup.Coordinator.EditAsync([B], cancellation.Token), setup.Coordinator.EditAsync([C])];
        first.SetResult();
        await setup.DraftBegins("b c");

        await cancellation.CancelAsync();
        both.SetResult();

        EditOutcome[] outcomes = await Task.WhenAll(edits);
        Assert.Equal([1, 2, 2], outcomes.Select(o => o.Version.Number));
    }

    [Fact]
    public async Task EditAsync_AllOfABatchCancelled_CommitsNothing()
    {
        Setup setup = await SetUpAsync();
        TaskCompletionSource first = setup.HoldDraft("a");
        setup.HoldDraft("b c");
        using CancellationTokenSource cancellation = new();
        Task<EditOutcome> a = setup.Coordinator.EditAsync([A]);
        Task<EditOutcome>[] cancelled = [setup.Coordinator.EditAsync([B], cancellation.Token), setup.Coordinator.EditAsync([C], cancellation.Token)];
        first.SetResult();
        await setup.DraftBegins("b c");

        await cancellation.CancelAsync();

        await a;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled[0]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled[1]);
        Assert.Equal(new ModelVersion(1), await setup.Ledger.HeadAsync());
    }

    [Fact]
    public async Task EditAsync_CommitWhoseAnswerIsLost_IsAskedAboutAndNotMadeTwice()
    {
        FailingStore store = new(_disk) { AppendAnswersLost = 1 };
        Setup setup = await SetUpAsync(store);

        EditOutcome outcome = await setup.Coordinator.EditAsync([A]);

        Assert.Equal((new ModelVersion(1), false, 1), (outcome.Version, outcome.AlreadyCommitted, outcome.Attempts));
        Assert.Contains(outcome.Stages, stage => stage.Stage == "publish");
        Assert.Single(await setup.Ledger.EntriesAsync());
        Assert.Single(setup.Drafter.Batches);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public async Task EditAsync_FactorsThatAreNotFinite_RefusedAloneAndTheOthersOfTheBatchCommit(float value)
    {
        Setup setup = await SetUpAsync();
        setup.Drafter.Value = request => request.Prompt == "b" ? value : 1;
        TaskCompletionSource first = setup.HoldDraft("a");
        Task<EditOutcome> a = setup.Coordinator.EditAsync([A]), broken = setup.Coordinator.EditAsync([B]), good = setup.Coordinator.EditAsync([C]);
        first.SetResult();

        Assert.Contains("not finite", (await Assert.ThrowsAsync<EditRequestException>(() => broken)).Message, StringComparison.Ordinal);
        Assert.Equal(new ModelVersion(1), (await a).Version);
        Assert.Equal(new ModelVersion(2), (await good).Version);
        await setup.Ledger.Tidied;
        Assert.Equal(["a", "c"], (await setup.Ledger.EntriesAsync()).SelectMany(e => e.Edits).Select(e => e.Prompt));
        Assert.Equal(4, (await _disk.ListStagedAsync(default)).Count);
    }

    [Fact]
    public async Task EditAsync_KeyTwiceInOneCall_RefusedBeforeAnythingIsComputed()
    {
        Setup setup = await SetUpAsync();

        EditRequestException error = await Assert.ThrowsAsync<EditRequestException>(
            () => setup.Coordinator.EditAsync([A with { IdempotencyKey = "k" }, B with { IdempotencyKey = "k" }]));

        Assert.Contains("'k'", error.Message, StringComparison.Ordinal);
        Assert.Empty(setup.Drafter.Batches);
    }

    [Fact]
    public async Task EditAsync_CommitThatNeverAnswers_SaysThatItMayBeCommittedAndIsFoundByItsKey()
    {
        FailingStore store = new(_disk) { AppendAnswersLost = 1, ReadsLost = 5 };
        Setup setup = await SetUpAsync(store);

        RetryableException error = await Assert.ThrowsAsync<RetryableException>(() => setup.Coordinator.EditAsync([A with { IdempotencyKey = "k" }]));

        Assert.Contains("same idempotency key", error.Message, StringComparison.Ordinal);
        store.ReadsLost = 0;
        EditOutcome again = await setup.Coordinator.EditAsync([A with { IdempotencyKey = "k" }]);
        Assert.Equal((new ModelVersion(1), true), (again.Version, again.AlreadyCommitted));
        Assert.Single(await setup.Ledger.EntriesAsync());
    }

    /// <summary>Every attempt that loses the race stages under ids of its own.</summary>
    [Fact]
    public async Task EditAsync_TwoCoordinatorsInContention_LeaveOnlyWhatIsCommitted()
    {
        Setup[] setups = [await SetUpAsync(_disk.Connect()), await SetUpAsync(_disk.Connect())];
        int attempts = 0;
        for (int round = 0; round < 50; round++)
        {
            // Both draft on the same head, then both commit.
            TaskCompletionSource[] held = [setups[0].HoldDraft("a"), setups[1].HoldDraft("b")];
            Task<EditOutcome>[] edits = [setups[0].Coordinator.EditAsync([A]), setups[1].Coordinator.EditAsync([B])];
            held[0].SetResult();
            held[1].SetResult();
            attempts += (await Task.WhenAll(edits)).Sum(o => o.Attempts);
        }

        await Task.WhenAll(setups.Select(s => s.Ledger.Tidied));
        IReadOnlyList<LedgerEntry> entries = await setups[0].Ledger.EntriesAsync();
        Assert.Equal(100, entries.Count);
        Assert.True(attempts > 100, "They never met.");
        Assert.Equal(
            entries.SelectMany(e => e.Edits).SelectMany(e => e.Factors).Select(f => f.Key).ToHashSet(), (await _disk.ListStagedAsync(default)).Select(f => f.Key).ToHashSet());
    }

    [Fact]
    public async Task EditAsync_NothingCanBeRemoved_EditsGoOn()
    {
        Setup setup = await SetUpAsync(new FailingStore(_disk) { RemovalsFail = true });
        setup.Shards[1].Preparing = _ => throw new RetryableException("The silo is gone.");
        await Assert.ThrowsAsync<RetryableException>(() => setup.Coordinator.EditAsync([A]));
        setup.Shards[1].Preparing = _ => Task.CompletedTask;

        Assert.Equal(new ModelVersion(1), (await setup.Coordinator.EditAsync([A])).Version);
        await setup.Ledger.Tidied;
    }

    [Fact]
    public async Task EditAsync_MoreThanABatchHolds_AreTakenInTheirOrder()
    {
        Setup setup = await SetUpAsync();
        TaskCompletionSource first = setup.HoldDraft("a");
        Task<EditOutcome>[] edits =
        [
            setup.Coordinator.EditAsync([A]), setup.Coordinator.EditAsync([B]), setup.Coordinator.EditAsync([C]), setup.Coordinator.EditAsync([D]),
            setup.Coordinator.EditAsync([A, B, C]),
        ];
        first.SetResult();

        await Task.WhenAll(edits);

        Assert.Equal(["a", "b c", "d", "a b c"], setup.Drafter.Batches);
    }

    [Fact]
    public async Task EditAsync_SameKeyTwiceInTheQueue_IsCommittedOnce()
    {
        Setup setup = await SetUpAsync();
        TaskCompletionSource first = setup.HoldDraft("a");
        EditRequest keyed = B with { IdempotencyKey = "k" };
        Task<EditOutcome>[] edits = [setup.Coordinator.EditAsync([A]), setup.Coordinator.EditAsync([keyed]), setup.Coordinator.EditAsync([keyed])];
        Task<EditOutcome> other = setup.Coordinator.EditAsync([C with { IdempotencyKey = "k" }]);
        first.SetResult();

        EditOutcome[] outcomes = await Task.WhenAll(edits);

        Assert.Equal([(1, false), (2, false), (2, true)], outcomes.Select(o => ((int)o.Version.Number, o.AlreadyCommitted)));
        await Assert.ThrowsAsync<IdempotencyConflictException>(() => other);
        Assert.Equal(["a", "b"], setup.Drafter.Batches);
    }

    private async Task<Setup> SetUpAsync(ILedgerStore? store = null, TimeProvider? time = null)
    {
        EditLedger ledger = await EditLedger.OpenAsync(store ?? _disk, new BaseModelFingerprint("tiny", [new("blocks", "2")]), time: time);
        return new Setup(ledger, [new TestShard(0, ledger), new TestShard(1, ledger)], time ?? TimeProvider.System);
    }

    private sealed class OutOfReachException : Exception;

    private sealed class Setup
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource> _begun = [];
        private readonly Dictionary<string, TaskCompletionSource> _held = [];

        public Setup(EditLedger ledger, IReadOnlyList<TestShard> shards, TimeProvider time)
        {
            Ledger = ledger;
            Shards = shards;
            Drafter = new TestDrafter(shards)
            {
                Drafting = async (requests, cancellationToken) =>
                {
                    string batch = string.Join(' ', requests.Select(r => r.Prompt));
                    Begun(batch).TrySetResult();
                    await (_held.TryGetValue(batch, out TaskCompletionSource? held) ? held.Task.WaitAsync(cancellationToken) : Task.CompletedTask);
                },
            };
            Coordinator = new EditCoordinator(ledger, shards, Drafter, new EditCoordinatorOptions { BatchedEdits = 2 }, time);
        }

        public EditLedger Ledger { get; }

        public IReadOnlyList<TestShard> Shards { get; }

        public TestDrafter Drafter { get; }

        public EditCoordinator Coordinator { get; }

        /// <summary>Holds the draft of a batch up until the result is set.</summary>
        public TaskCompletionSource HoldDraft(string batch) => _held[batch] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task DraftBegins(string batch) => Begun(batch).Task;

        private TaskCompletionSource Begun(string batch) =>
            _begun.GetOrAdd(batch, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    }

    /// <summary>A store that does what it is asked and fails to say so.</summary>
    private sealed class FailingStore(ILedgerStore inner) : StoreDecorator(inner)
    {
        private bool _appended;

        public int AppendAnswersLost { get; set; }

        /// <summary>Reads of the head that fail once something was appended.</summary>
        public int ReadsLost { get; set; }

        public override async ValueTask<AppendOutcome> AppendAsync(
            LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
        {
            AppendOutcome outcome = await Inner.AppendAsync(previous, entry, staged, stagedSince, cancellationToken);
            _appended = true;
            return AppendAnswersLost-- > 0 ? throw new StoreFaultException("append") : outcome;
        }

        public override ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken) =>
            _appended && ReadsLost-- > 0 ? throw new StoreFaultException("head") : Inner.HeadAsync(cancellationToken);

        /// <summary>Whether nothing can be removed.</summary>
        public bool RemovalsFail { get; init; }

        public override ValueTask<RemoveOutcome> RemoveStagedAsync(
            IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken) =>
            RemovalsFail ? throw new StoreFaultException("remove") : Inner.RemoveStagedAsync(staged, stagedBefore, expectedHead, cancellationToken);
    }
}
