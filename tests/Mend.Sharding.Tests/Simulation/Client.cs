using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>Edits, reverts and reads, one after another, each until it has ended.</summary>
internal sealed class Client(
    Process process, Network network, IReadOnlyList<Machine> coordinators, IShard firstShard, Scheduler scheduler, FaultRates rates, Observer observer)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly List<ModelVersion> _mine = [];
    private int _reverts;

    /// <summary>What it is doing; null when it has done everything.</summary>
    public string? Doing { get; private set; } = "starts";

    public async Task RunAsync(IReadOnlyList<IReadOnlyList<EditRequest>> edits, double mostRest)
    {
        foreach (IReadOnlyList<EditRequest> requests in edits)
        {
            await process.WaitAsync(scheduler.Between(0, mostRest));
            await EditAsync(requests);
            if (scheduler.Random.Next(3) == 0)
            {
                await ReadAsync();
            }

            if (_mine.Count > 0 && scheduler.Random.Next(4) == 0)
            {
                await RevertAsync(_mine[scheduler.Random.Next(_mine.Count)]);
            }
        }

        await ReadAsync();
        Doing = null;
    }

    /// <summary>Edits with keys are sent until they end; one without a key is sent once, as nobody could tell what became of it.</summary>
    public async Task EditAsync(IReadOnlyList<EditRequest> requests)
    {
        bool keyed = requests.All(r => r.IdempotencyKey is not null);
        Doing = $"edits {string.Join(' ', requests.Select(r => $"{r.Prompt}({r.IdempotencyKey})"))}";
        await UntilEndedAsync(
            once: !keyed,
            async cancellationToken =>
            {
                EditOutcome outcome = await CallAsync(Doing, (c, ct) => c.Coordinator.EditAsync(requests, ct), !keyed, cancellationToken);
                observer.EditEnded(requests, outcome.Version);
                _mine.Add(outcome.Version);
            });
    }

    public async Task ReadAsync()
    {
        Doing = "reads";
        await UntilEndedAsync(
            once: false,
            async cancellationToken =>
            {
                (ModelVersion before, bool lost) = (observer.Acknowledged, observer.LostTail);
                ModelVersion version = await CallAsync("head", (c, ct) => c.Ledger.HeadAsync(ct), once: false, cancellationToken);
                Pass pass = new() { Batch = new ModelBatch(1, [1]), Version = version.Number };
                ShardReply reply = await firstShard.RunAsync(pass, PassHooks.None, new ShardActivations(null, null), cancellationToken);
                observer.ReadEnded(lost == observer.LostTail ? before : ModelVersion.Base, version, reply.Result.TokenLogProbabilities);
            });
    }

    private async Task RevertAsync(ModelVersion version)
    {
        string key = $"revert {process.Name} {++_reverts}";
        Doing = $"reverts {version} ({key})";
        await UntilEndedAsync(
            once: false,
            async cancellationToken =>
            {
                ModelVersion reverted = await CallAsync(Doing, (c, ct) => c.Coordinator.RevertAsync(new RevertRequest([version], key), ct), once: false, cancellationToken);
                observer.RevertEnded(key, [version], reverted);
                _mine.Add(reverted);
            });
    }

    private async Task UntilEndedAsync(bool once, Func<CancellationToken, Task> act)
    {
        bool ended = false;
        while (!ended)
        {
            using CancellationTokenSource patience = scheduler.Strikes(rates.GiveUp) ? new(scheduler.Between(0.001, 2), process) : new();
            try
            {
                await act(patience.Token);
                ended = true;
            }
            catch (Exception error)
            {
                scheduler.Log($"{process.Name} {Doing}: {error.GetType().Name}");
                observer.Saw(error);
                ended = once || error is IdempotencyConflictException or AlreadyRevertedException || (observer.LostTail && error is UnknownVersionException && Doing!.StartsWith("reverts", StringComparison.Ordinal));
            }

            await process.WaitAsync(ended ? TimeSpan.Zero : scheduler.Between(0.05, 1));
        }
    }

    private Task<T> CallAsync<T>(string what, Func<CoordinatorService, CancellationToken, Task<T>> call, bool once, CancellationToken cancellationToken) =>
        network.CallAsync(process, AnyCoordinator(), what, call, Patience, once, cancellationToken);

    /// <summary>Mostly the first, so that edits gather there.</summary>
    private Machine AnyCoordinator() => coordinators[scheduler.Random.Next(3) > 0 ? 0 : scheduler.Random.Next(coordinators.Count)];
}
