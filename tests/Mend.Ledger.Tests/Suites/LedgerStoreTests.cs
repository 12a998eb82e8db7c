using System.Text;
using Microsoft.Extensions.Time.Testing;

namespace Mend.Ledger.Tests;

/// <summary>What every store promises. A store's own test class says how to open it, and runs all of these.</summary>
public abstract class LedgerStoreTests(Func<LedgerSite> newSite) : SiteTests(newSite)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly byte[] Content = Encoding.UTF8.GetBytes("some bytes");
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [StoreFact]
    public async Task ReadHeader_Empty_Null() => Assert.Null(await Site.Connect().ReadHeaderAsync(None));

    [StoreFact]
    public async Task CreateHeader_Twice_FirstStays()
    {
        await using ILedgerStore first = Site.Connect();
        await using ILedgerStore second = Site.Connect();

        Assert.True(await first.CreateHeaderAsync(Content, None));
        Assert.False(await second.CreateHeaderAsync(new byte[] { 1 }, None));

        Assert.Equal(Content, await second.ReadHeaderAsync(None));
    }

    [StoreFact]
    public async Task Notes_AddedByOne_AreReadByAnotherInOrder()
    {
        await using ILedgerStore writer = Site.Connect();
        await using ILedgerStore reader = Site.Connect();
        Assert.Empty(await reader.ReadNotesAsync(0, None));
        for (byte number = 1; number <= 3; number++)
        {
            Assert.True(await writer.AddNoteAsync(number, new[] { number }, None));
        }

        Assert.Equal([1, 2, 3], (await reader.ReadNotesAsync(0, None)).Select(note => Assert.Single(note)));
        Assert.Equal([3], (await reader.ReadNotesAsync(2, None)).Select(note => Assert.Single(note)));
        Assert.Empty(await reader.ReadNotesAsync(3, None));
        Assert.Equal(LedgerHead.Nothing, await reader.HeadAsync(None));
    }

    [StoreFact]
    public async Task AddNote_OfATakenNumber_FirstStays()
    {
        await using ILedgerStore store = Site.Connect();
        await store.AddNoteAsync(1, Content, None);

        Assert.False(await store.AddNoteAsync(1, new byte[] { 1 }, None));

        Assert.Equal(Content, Assert.Single(await store.ReadNotesAsync(0, None)));
    }

    [StoreFact]
    public async Task AddNote_ByManyAtATime_OneWinsEachNumber()
    {
        const int Writers = 4, Notes = 5;
        ILedgerStore[] stores = [.. Enumerable.Range(0, Writers).Select(_ => Site.Connect())];

        await Task.WhenAll(stores.Select((store, writer) => Task.Run(async () =>
        {
            for (int added = 0, read = 0; added < Notes;)
            {
                added += await store.AddNoteAsync(read + 1, new[] { (byte)writer, (byte)added }, None) ? 1 : 0;
                read += (await store.ReadNotesAsync(read, None)).Count;
            }
        })));

        byte[][] all = [.. await stores[0].ReadNotesAsync(0, None)];
        Assert.Equal(Writers * Notes, all.Length);
        Assert.All(Enumerable.Range(0, Writers), writer => Assert.Equal(Enumerable.Range(0, Notes).Select(n => (byte)n), all.Where(n => n[0] == writer).Select(n => n[1])));
    }

    [StoreFact]
    public async Task Head_Empty_Base() => Assert.Equal(LedgerHead.Nothing, await Site.Connect().HeadAsync(None));

    [StoreFact]
    public async Task ReadEntry_Absent_Null() => Assert.Null(await Site.Connect().ReadEntryAsync(new ModelVersion(1), None));

    [StoreFact]
    public async Task Append_NextVersion_SeenByEveryConnection()
    {
        await using ILedgerStore writer = Site.Connect();
        await using ILedgerStore reader = Site.Connect();
        Assert.Equal(LedgerHead.Nothing, await reader.HeadAsync(None));

        Assert.Equal(AppendOutcome.Appended, await writer.AppendAsync(new ModelVersion(1), Content, [], None));
        Assert.Equal(AppendOutcome.Appended, await writer.AppendAsync(new ModelVersion(2), Content, [], None));

        Assert.Equal(LedgerHead.Of(new ModelVersion(2), Content), await reader.HeadAsync(None));
        Assert.Equal(Content, await reader.ReadEntryAsync(new ModelVersion(2), None));
    }

    [StoreFact]
    public async Task ReadEntries_AfterAVersion_ThoseThatFollowInOrder()
    {
        await using ILedgerStore store = Site.Connect();
        for (byte version = 1; version <= 5; version++)
        {
            await store.AppendAsync(new ModelVersion(version), new[] { version }, [], None);
        }

        List<byte> read = [2];
        while (await store.ReadEntriesAsync(new ModelVersion(read[^1]), None) is { Count: > 0 } entries)
        {
            read.AddRange(entries.Select(entry => Assert.Single(entry)));
        }

        Assert.Equal([2, 3, 4, 5], read);
    }

    [StoreFact]
    public async Task Append_TakenVersion_NothingWritten()
    {
        await using ILedgerStore store = Site.Connect();
        await store.AppendAsync(new ModelVersion(1), Content, [], None);

        Assert.Equal(AppendOutcome.VersionTaken, await store.AppendAsync(new ModelVersion(1), new byte[] { 1 }, [], None));

        Assert.Equal(Content, await store.ReadEntryAsync(new ModelVersion(1), None));
    }

    [StoreFact]
    public async Task Append_Gap_Refused()
    {
        await using ILedgerStore store = Site.Connect();

        Assert.Equal(AppendOutcome.PreviousMissing, await store.AppendAsync(new ModelVersion(2), Content, [], None));

        Assert.Equal(LedgerHead.Nothing, await store.HeadAsync(None));
    }

    [StoreTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Append_AnotherEntryOrHeaderBefore_NothingWritten(int entries)
    {
        await using ILedgerStore store = Site.Connect();
        await store.CreateHeaderAsync(Content, None);
        for (int version = 1; version <= entries; version++)
        {
            await store.AppendAsync(new ModelVersion(version), Content, [], None);
        }

        LedgerHead other = LedgerHead.Of(new ModelVersion(entries), [7]);
        Assert.Equal(AppendOutcome.PreviousMissing, await store.AppendAsync(other, Content, [], None));

        Assert.Equal(LedgerHead.Of(new ModelVersion(entries), Content), await store.HeadAsync(None));
    }

    [StoreFact]
    public async Task SetAside_EntriesBeyond_LeaveTheLogAndItGoesOn()
    {
        await using ILedgerStore store = Site.Connect();
        await store.StageAsync(KeyOf("a"), Content, None);
        for (byte version = 1; version <= 4; version++)
        {
            await store.AppendAsync(new ModelVersion(version), new[] { version }, version == 4 ? [KeyOf("a")] : [], None);
        }

        Assert.NotEmpty(await store.SetAsideAsync(new ModelVersion(2), None));

        LedgerHead head = LedgerHead.Of(new ModelVersion(2), [2]);
        Assert.Equal(head, await store.HeadAsync(None));
        Assert.Null(await store.ReadEntryAsync(new ModelVersion(3), None));
        Assert.Equal(AppendOutcome.Appended, await store.AppendAsync(head, new byte[] { 7 }, [KeyOf("a")], None));
        Assert.Equal([7], await Site.Connect().ReadEntryAsync(new ModelVersion(3), None));
    }

    [StoreFact]
    public async Task Append_StagedMissing_NothingWritten()
    {
        await using ILedgerStore store = Site.Connect();

        Assert.Equal(AppendOutcome.StagedMissing, await store.AppendAsync(new ModelVersion(1), Content, [KeyOf("a")], None));

        Assert.Equal(LedgerHead.Nothing, await store.HeadAsync(None));
    }

    [StoreFact]
    public async Task Append_ManyRacing_EachVersionWonOnce()
    {
        const int Racers = 8;
        const int Versions = 20;
        ILedgerStore[] stores = [.. Enumerable.Range(0, Racers).Select(_ => Site.Connect())];

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
        Assert.All(stores, store => Assert.Equal(new ModelVersion(Versions), store.HeadAsync(None).AsTask().Result.Version));
    }

    [StoreFact]
    public async Task Stage_Twice_OneFile()
    {
        await using ILedgerStore store = Site.Connect();
        StagedKey key = KeyOf("a");

        await store.StageAsync(key, Content, None);
        await store.StageAsync(key, Content, None);

        StagedFactors staged = Assert.Single(await store.ListStagedAsync(None));
        Assert.Equal((key, Content.Length), (staged.Key, (int)staged.Bytes));
        Assert.Equal(Content, await store.ReadStagedAsync(key, None));
        Assert.Equal(AppendOutcome.Appended, await store.AppendAsync(new ModelVersion(1), Content, [key], None));
    }

    [StoreFact]
    public async Task ReadStaged_Absent_Null() => Assert.Null(await Site.Connect().ReadStagedAsync(KeyOf("a"), None));

    [StoreFact]
    public async Task RemoveStaged_HeadMoved_NothingRemoved()
    {
        await using ILedgerStore store = Site.Connect();
        await store.StageAsync(KeyOf("a"), Content, None);
        await store.AppendAsync(new ModelVersion(1), Content, [KeyOf("a")], None);

        RemoveOutcome outcome = await store.RemoveStagedAsync([KeyOf("a")], LedgerHead.Nothing, None);

        Assert.Equal(RemoveStatus.HeadMoved, outcome.Status);
        Assert.Single(await store.ListStagedAsync(None));
    }

    [StoreFact]
    public async Task RemoveStaged_ByAge_TakesTheOldOnesThatAreNamed()
    {
        FakeTimeProvider time = new(Noon);
        await using ILedgerStore store = Site.Connect(time);
        foreach (string edit in new[] { "a", "b" })
        {
            await store.StageAsync(KeyOf(edit), Content, None);
        }

        time.Advance(TimeSpan.FromMinutes(1));
        await store.StageAsync(KeyOf("c"), Content, None);

        RemoveOutcome outcome = await store.RemoveStagedAsync([KeyOf("a"), KeyOf("c")], Noon + TimeSpan.FromSeconds(1), LedgerHead.Nothing, None);

        Assert.Equal(new RemoveOutcome(RemoveStatus.Removed, 1, Content.Length, 0), outcome);
        Assert.Equal([KeyOf("b"), KeyOf("c")], (await store.ListStagedAsync(None)).Select(file => file.Key).OrderBy(key => key.Edit.Value));
    }

    /// <summary>A removal that has looked at it may be about to take it: it must not become something that an entry may name.</summary>
    [StoreFact]
    public async Task Stage_AgainLater_AsOldAsBefore()
    {
        FakeTimeProvider time = new(Noon);
        await using ILedgerStore store = Site.Connect(time);
        await store.StageAsync(KeyOf("a"), Content, None);
        time.Advance(TimeSpan.FromMinutes(1));

        await store.StageAsync(KeyOf("a"), Content, None);

        Assert.Equal(Noon, Assert.Single(await store.ListStagedAsync(None)).StagedAt);
    }

    [StoreFact]
    public async Task RemoveStaged_RacingAppends_NeverTakesWhatAnEntryNames()
    {
        await using ILedgerStore committer = Site.Connect();
        await using ILedgerStore collector = Site.Connect();
        const int Versions = 60;
        bool done = false;
        Task collecting = Task.Run(async () =>
        {
            while (!Volatile.Read(ref done))
            {
                IReadOnlyList<StagedFactors> staged = await collector.ListStagedAsync(None);
                LedgerHead head = await collector.HeadAsync(None);

                // Entry v names the factors of edit v: everything above the head is uncommitted.
                StagedKey[] garbage = [.. staged.Select(file => file.Key).Where(key => long.Parse(key.Edit.Value) > head.Version.Number)];
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

    [StoreFact]
    public async Task AfterDispose_EveryCall_Throws()
    {
        ILedgerStore store = Site.Connect();
        await store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.HeadAsync(None));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.AppendAsync(new ModelVersion(1), Content, [], None));
    }

    private static StagedKey KeyOf(string edit) => new(new EditId(edit), 0, Sha256Digest.Of(Content));
}
