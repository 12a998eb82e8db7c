using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>A store operation that failed, or whose answer was lost.</summary>
internal sealed class StoreFaultException(string what) : Exception($"The store did not answer: {what}.");

/// <summary>
/// One process's way to the store. Every operation takes time, may fail undone, be done without anybody learning of it, at once or much
/// later, or be done twice; what is on its way when the process crashes may still be done.
/// </summary>
/// <param name="process">The process.</param>
/// <param name="disk">The store itself.</param>
/// <param name="scheduler">The schedule.</param>
/// <param name="rates">How often operations fail.</param>
/// <param name="observer">Told what is done.</param>
internal sealed class SimulatedStore(
    Process process, ILedgerStore disk, Scheduler scheduler, FaultRates rates, Observer observer) : ILedgerStore
{
    public ValueTask<byte[]?> ReadHeaderAsync(CancellationToken cancellationToken) =>
        Do("read header", () => disk.ReadHeaderAsync(default), cancellationToken);

    public ValueTask<bool> CreateHeaderAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken) =>
        Do("create header", () => disk.CreateHeaderAsync(header, default), cancellationToken);

    public ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken) => Do("head", () => disk.HeadAsync(default), cancellationToken);

    public ValueTask<byte[]?> ReadEntryAsync(ModelVersion version, CancellationToken cancellationToken) =>
        Do($"read {version}", () => disk.ReadEntryAsync(version, default), cancellationToken);

    public ValueTask<AppendOutcome> AppendAsync(
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
    {
        ModelVersion version = previous.Version.Next;
        observer.WantsToAppend(version, process.Name);
        return Do(
            $"append {version}",
            async () =>
            {
                AppendOutcome outcome = await disk.AppendAsync(previous, entry, staged, stagedSince, default);
                observer.Appended(version, entry, staged, outcome);
                return outcome;
            },
            cancellationToken);
    }

    public async ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken) => await Do(
        $"stage {Name(key)}",
        async () =>
        {
            await disk.StageAsync(key, factors, default);
            return true;
        },
        cancellationToken);

    public ValueTask<byte[]?> ReadStagedAsync(StagedKey key, CancellationToken cancellationToken) =>
        Do($"read {Name(key)}", () => disk.ReadStagedAsync(key, default), cancellationToken);

    public ValueTask<IReadOnlyList<byte[]>> ReadNotesAsync(long after, CancellationToken cancellationToken) =>
        Do($"read notes after {after}", () => disk.ReadNotesAsync(after, default), cancellationToken);

    public ValueTask<bool> AddNoteAsync(long number, ReadOnlyMemory<byte> note, CancellationToken cancellationToken) =>
        Do($"add note {number}", () => disk.AddNoteAsync(number, note, default), cancellationToken);

    public ValueTask<IReadOnlyList<StagedFactors>> ListStagedAsync(CancellationToken cancellationToken) =>
        Do("list", () => disk.ListStagedAsync(default), cancellationToken);

    public ValueTask<RemoveOutcome> RemoveStagedAsync(
        IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken) => Do(
        $"remove {string.Join(' ', staged.Select(Name))} at {expectedHead}",
        async () =>
        {
            RemoveOutcome outcome = await disk.RemoveStagedAsync(staged, stagedBefore, expectedHead, default);
            observer.Removed();
            return outcome;
        },
        cancellationToken);

    public ValueTask<string> SetAsideAsync(ModelVersion newest, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Only an operator recovers a ledger.");

    public string Locate(LedgerItem item) => disk.Locate(item);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Name(StagedKey key) => $"{key.Edit}/{key.Shard}";

    private ValueTask<T> Do<T>(string what, Func<ValueTask<T>> operation, CancellationToken cancellationToken)
    {
        if (process.Over)
        {
            throw new InvalidOperationException($"{process.Name} is dead and asks the store: {what}.");
        }

        cancellationToken.ThrowIfCancellationRequested();
        scheduler.Log($"{process.Name} asks {what}");
        TaskCompletionSource<T> answer = new();
        int fate = scheduler.Strikes(rates.Store) ? scheduler.Random.Next(5) : 0;
        TimeSpan there = scheduler.Strikes(rates.SlowStore) ? scheduler.Between(0.05, 4) : scheduler.Between(0.0005, 0.005);
        switch (fate)
        {
            case 0:
                Execute(there, answers: true);
                break;
            case 1:
                Fail(there);
                break;
            case 2:
                Execute(there, answers: false);
                Fail(there * 2);
                break;
            case 3:
                Fail(there);
                Execute(scheduler.Between(0.01, 8), answers: false);
                break;
            default:
                bool first = scheduler.Random.Next(2) == 0;
                Execute(there, first);
                Execute(there + scheduler.Between(0, 0.5), !first);
                break;
        }

        return new ValueTask<T>(answer.Task);

        void Execute(TimeSpan delay, bool answers) => scheduler.After(delay, () =>
        {
            if (process.Over && scheduler.Random.Next(2) == 0)
            {
                return;
            }

            scheduler.Log($"{process.Name} does {what}");
            T result = operation().GetAwaiter().GetResult();
            if (answers)
            {
                process.After(scheduler.Between(0.0005, 0.005), () => answer.TrySetResult(result));
            }
        });

        void Fail(TimeSpan delay) => process.After(delay, () => answer.TrySetException(new StoreFaultException(what)));
    }
}
