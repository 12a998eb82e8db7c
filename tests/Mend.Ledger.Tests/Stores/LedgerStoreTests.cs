using System.Text;

namespace Mend.Ledger.Tests;

/// <summary>What every store promises. A store's own test class says how to open it, and runs all of these.</summary>
public abstract class LedgerStoreTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("some bytes");

    /// <summary>A new connection, as of another process, to the one ledger of this test.</summary>
    protected abstract ILedgerStore Connect();

    /// <summary>Ends a connection the way a killed process does.</summary>
    protected abstract void Crash(ILedgerStore store);

    [Fact]
    public async Task ReadHeader_Empty_Null() => Assert.Null(await Connect().ReadHeaderAsync(None));

    [Fact]
    public async Task CreateHeader_Twice_FirstStays()
    {
        await using ILedgerStore first = Connect();
        await using ILedgerStore second = Connect();

        Assert.True(await first.CreateHeaderAsync(Content, None));
        Assert.False(await second.CreateHeaderAsync(new byte[] { 1 }, None));

        Assert.Equal(Content, await second.ReadHeaderAsync(None));
    }

    [Fact]
    public async Task Head_Empty_Base() => Assert.Equal(ModelVersion.Base, await Connect().HeadAsync(None));

    [Fact]
    public async Task ReadEntry_Absent_Null() => Assert.Null(await Connect().ReadEntryAsync(new ModelVersion(1), None));

    [Fact]
    public async Task Append_NextVersion_SeenByEveryConnection()
    {
        await using ILedgerStore writer = Connect();
        await using ILedgerStore reader = Connect();
        Assert.Equal(ModelVersion.Base, await reader.HeadAsync(None));

        Assert.Equal(AppendOutcome.Appended, await writer.AppendAsync(new ModelVersion(1), Content, [], None));
        Assert.Equal(AppendOutcome.Appended, await writer.AppendAsync(new ModelVersion(2), Content, [], None));

        Assert.Equal(new ModelVersion(2), await reader.HeadAsync(None));
        Assert.Equal(Content, await reader.ReadEntryAsync(new ModelVersion(2), None));
    }

    [Fact]
    public async Task Append_TakenVersion_NothingWritten()
    {
        await using ILedgerStore store = Connect();
        await store.AppendAsync(new ModelVersion(1), Content, [], None);

        Assert.Equal(AppendOutcome.VersionTaken, await store.AppendAsync(new ModelVersion(1), new byte[] { 1 }, [], None));

        Assert.Equal(Content, await store.ReadEntryAsync(new ModelVersion(1), None));
    }

    [Fact]
    public async Task Append_Gap_Refused()
    {
        await using ILedgerStore store = Connect();

        await Assert.ThrowsAsync<ArgumentException>(async () => await store.AppendAsync(new ModelVersion(2), Content, [], None));

        Assert.Equal(ModelVersion.Base, await store.HeadAsync(None));
    }

    [Fact]
    public async Task Append_StagedMissing_NothingWritten()
    {
        await using ILedgerStore store = Connect();

        Assert.Equal(AppendOutcome.StagedMissing, await store.AppendAsync(new ModelVersion(1), Content, [KeyOf("a")], None));

        Assert.Equal(ModelVersion.Base, await store.HeadAsync(None));
    }

    [Fact]
    public async Task Append_ManyRacing_EachVersionWonOnce()
    {
        const int Racers = 8;
        const int Versions = 20;
        ILedgerStore[] stores = [.. Enumerable.Range(0, Racers).Select(_ => Connect())];

        int[] wins = await Task.WhenAll(stores.Select((store, racer) => Task.Run(async () =>
        {
            int won = 0;
            for (int version = 1; version <= Versions; version++)
            {
                byte[] entry = Encoding.UTF8.GetBytes($"{version} by {racer}");
                won += await store.AppendAsync(new ModelVersion(version), entry, [], None) == AppendOutcome.Appended ? 1 : 0;
            }

            return won;
        })));

        Assert.Equal(Versions, wins.Sum());
        Assert.All(stores, store => Assert.Equal(new ModelVersion(Versions), store.HeadAsync(None).AsTask().Result));
    }

    [Fact]
    public async Task Stage_Twice_OneFile()
    {
        await using ILedgerStore store = Connect();
        StagedKey key = KeyOf("a");

        await store.StageAsync(key, Content, None);
        await store.StageAsync(key, Content, None);

        StagedFactors staged = Assert.Single(await store.ListStagedAsync(None));
        Assert.Equal((key, Content.Length, HoldState.None), (staged.Key, (int)staged.Bytes, staged.Hold));
        Assert.Equal(Content, await store.ReadStagedAsync(key, None));
        Assert.Equal(AppendOutcome.Appended, await store.AppendAsync(new ModelVersion(1), Content, [key], None));
    }

    [Fact]
    public async Task ReadStaged_Absent_Null() => Assert.Null(await Connect().ReadStagedAsync(KeyOf("a"), None));

    [Fact]
    public async Task ListStaged_HoldStates_AreThoseOfTheHolders()
    {
        await using ILedgerStore here = Connect();
        ILedgerStore there = Connect();
        await using IAsyncDisposable live = await here.HoldAsync(new EditId("live"), None);
        await there.HoldAsync(new EditId("dead"), None);
        await (await here.HoldAsync(new EditId("released"), None)).DisposeAsync();
        foreach (string edit in new[] { "live", "dead", "released" })
        {
            await here.StageAsync(KeyOf(edit), Content, None);
        }

        Crash(there);

        await using ILedgerStore observer = Connect();
        Dictionary<string, HoldState> holds = (await observer.ListStagedAsync(None)).ToDictionary(staged => staged.Key.Edit.Value, staged => staged.Hold);
        Assert.Equal(HoldState.Live, holds["live"]);
        Assert.Equal(HoldState.Abandoned, holds["dead"]);
        Assert.Equal(HoldState.None, holds["released"]);
    }

    [Fact]
    public async Task Hold_TwoHoldersOneDies_StaysLive()
    {
        await using ILedgerStore here = Connect();
        ILedgerStore there = Connect();
        await there.HoldAsync(new EditId("a"), None);
        await using IAsyncDisposable hold = await here.HoldAsync(new EditId("a"), None);
        await here.StageAsync(KeyOf("a"), Content, None);

        Crash(there);

        Assert.Equal(HoldState.Live, Assert.Single(await here.ListStagedAsync(None)).Hold);
    }

    [Fact]
    public async Task Dispose_WithHolds_ReleasesThem()
    {
        await using ILedgerStore here = Connect();
        ILedgerStore there = Connect();
        await there.HoldAsync(new EditId("a"), None);
        await there.StageAsync(KeyOf("a"), Content, None);

        await there.DisposeAsync();

        Assert.Equal(HoldState.None, Assert.Single(await here.ListStagedAsync(None)).Hold);
    }

    [Fact]
    public async Task RemoveStaged_HeadMoved_NothingRemoved()
    {
        await using ILedgerStore store = Connect();
        await store.StageAsync(KeyOf("a"), Content, None);
        await store.AppendAsync(new ModelVersion(1), Content, [KeyOf("a")], None);

        RemoveOutcome outcome = await store.RemoveStagedAsync([KeyOf("a")], ModelVersion.Base, None);

        Assert.True(outcome.HeadMoved);
        Assert.Single(await store.ListStagedAsync(None));
    }

    [Fact]
    public async Task RemoveStaged_HeldByLiveProcess_Kept()
    {
        await using ILedgerStore here = Connect();
        await using ILedgerStore there = Connect();
        await using IAsyncDisposable hold = await there.HoldAsync(new EditId("a"), None);
        await there.StageAsync(KeyOf("a"), Content, None);

        RemoveOutcome outcome = await here.RemoveStagedAsync([KeyOf("a")], ModelVersion.Base, None);

        Assert.Equal(0, outcome.Files);
        Assert.Single(await here.ListStagedAsync(None));
    }

    [Fact]
    public async Task RemoveStaged_HolderDied_Removed()
    {
        await using ILedgerStore here = Connect();
        ILedgerStore there = Connect();
        await there.HoldAsync(new EditId("a"), None);
        await there.StageAsync(KeyOf("a"), Content, None);
        await there.StageAsync(KeyOf("b"), Content, None);

        Crash(there);

        RemoveOutcome outcome = await here.RemoveStagedAsync([KeyOf("a")], ModelVersion.Base, None);
        Assert.Equal(new RemoveOutcome(false, 1, Content.Length, 0), outcome);
        Assert.Equal(KeyOf("b"), Assert.Single(await here.ListStagedAsync(None)).Key);
    }

    [Fact]
    public async Task RemoveStaged_RacingAppends_NeverTakesWhatAnEntryNames()
    {
        await using ILedgerStore committer = Connect();
        await using ILedgerStore collector = Connect();
        const int Versions = 60;
        bool done = false;
        Task collecting = Task.Run(async () =>
        {
            while (!Volatile.Read(ref done))
            {
                IReadOnlyList<StagedFactors> staged = await collector.ListStagedAsync(None);
                ModelVersion head = await collector.HeadAsync(None);

                // Entry v names the factors of edit v: everything above the head is uncommitted.
                StagedKey[] garbage = [.. staged.Select(file => file.Key).Where(key => long.Parse(key.Edit.Value) > head.Number)];
                await collector.RemoveStagedAsync(garbage, head, None);
            }
        });

        for (int version = 1; version <= Versions; version++)
        {
            StagedKey key = KeyOf($"{version}");
            do
            {
                await committer.StageAsync(key, Content, None);
            }
            while (await committer.AppendAsync(new ModelVersion(version), Content, [key], None) == AppendOutcome.StagedMissing);
        }

        Volatile.Write(ref done, true);
        await collecting;
        Assert.Equal(Versions, (await committer.ListStagedAsync(None)).Count);
    }

    [Fact]
    public async Task AfterDispose_EveryCall_Throws()
    {
        ILedgerStore store = Connect();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.HeadAsync(None));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.AppendAsync(new ModelVersion(1), Content, [], None));
    }

    private static StagedKey KeyOf(string edit) => new(new EditId(edit), 0, Sha256Digest.Of(Content));
}
