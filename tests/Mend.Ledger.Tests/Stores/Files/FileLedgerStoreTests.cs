namespace Mend.Ledger.Tests;

public sealed class FileEditLedgerTests() : EditLedgerTests(() => new FileSite());

public sealed class FileDamageTests() : DamageTests(() => new FileSite());

public sealed class FileFaultInjectionTests() : FaultInjectionTests(() => new FileSite())
{
    [Fact]
    public Task Edit_DiesAtEveryStep_CommittedExactlyOnce() => DieAtEveryStepAsync(15, site =>
    {
        LedgerFolder names = new(((FileSite)site).Path);
        Assert.Empty(Directory.GetFiles(names.Temporary));
        return Task.CompletedTask;
    });
}

public sealed class FileLedgerStoreTests() : LedgerStoreTests(() => new FileSite())
{
    private static readonly CancellationToken None = CancellationToken.None;

    private string Folder => ((FileSite)Site).Path;

    [Fact]
    public async Task RemoveStaged_UnfinishedFiles_GoByTheirAge()
    {
        LedgerFolder folder = new(Folder);
        folder.Create();
        await File.WriteAllTextAsync(folder.TemporaryFile("dead", 99), "half");
        await File.WriteAllTextAsync(folder.TemporaryFile("alive", 1), "half");
        File.SetLastWriteTimeUtc(folder.TemporaryFile("dead", 99), new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc));
        await using FileLedgerStore store = new(Folder);

        RemoveOutcome outcome = await store.RemoveStagedAsync([], new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero), LedgerHead.Nothing, None);

        Assert.Equal(1, outcome.Temporary);
        Assert.Equal(folder.TemporaryFile("alive", 1), Assert.Single(Directory.GetFiles(folder.Temporary)));
    }

    [Fact]
    public async Task Dispose_NothingInFlight_LeavesOnlyTheLedger()
    {
        await using (FileLedgerStore store = new(Folder))
        {
            await store.CreateHeaderAsync(new byte[] { 1 }, None);
            await store.StageAsync(KeyOf("a"), new byte[] { 1 }, None);
            await store.RemoveStagedAsync([KeyOf("a")], await store.HeadAsync(None), None);
        }

        string[] files = [.. Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.Equal(["gc.lock", "gc.lock.turn", "ledger.json"], files);
        Assert.Empty(Directory.GetDirectories(new LedgerFolder(Folder).Factors));
    }

    /// <summary>Another collector takes an empty folder away while this one looks at it.</summary>
    [Fact]
    public async Task ListStaged_FolderVanishesMeanwhile_PassedOver()
    {
        LedgerFolder folder = new(Folder);
        folder.Create();
        string vanishing = folder.FactorsOf(new EditId("gone"));
        Directory.CreateDirectory(vanishing);
        await using FileLedgerStore store = new(Folder, time: null, step => Vanish(step == "list:folder", vanishing));
        await using FileLedgerStore other = new(Folder);
        await other.StageAsync(KeyOf("a"), new byte[] { 1 }, None);

        Assert.Equal(KeyOf("a"), Assert.Single(await store.ListStagedAsync(None)).Key);
        Assert.Equal(RemoveStatus.Removed, (await store.RemoveStagedAsync([KeyOf("gone")], await store.HeadAsync(None), None)).Status);
    }

    /// <summary>On a mount whose locks do not reach others, a collection may take the empty folder between its making and the file's coming.</summary>
    [Fact]
    public async Task Stage_FolderVanishesBeforeTheFileIsInIt_MadeAgain()
    {
        int vanished = 0;
        string folder = new LedgerFolder(Folder).FactorsOf(new EditId("a"));
        await using FileLedgerStore store = new(Folder, time: null, step => Vanish(step == "stage:rename" && vanished++ < 3, folder));

        await store.StageAsync(KeyOf("a"), new byte[] { 1 }, None);

        Assert.Equal([1], await store.ReadStagedAsync(KeyOf("a"), None));
        Assert.True(vanished > 3);
    }

    /// <summary>Those who stage are never without a holder of the lock among them, and the collection has its turn all the same.</summary>
    [Fact]
    public async Task RemoveStaged_OthersStageWithoutAPause_HasItsTurn()
    {
        using CancellationTokenSource stop = new();
        int staged = 0;
        Task[] stagers = [.. Enumerable.Range(0, 8).Select(number => Task.Run(async () =>
        {
            await using FileLedgerStore store = new(Folder);
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                await store.StageAsync(KeyOf($"{number}-{i}"), new byte[] { 1 }, None);
                Interlocked.Increment(ref staged);
            }
        }))];
        await using FileLedgerStore collector = new(Folder);
        while (Volatile.Read(ref staged) < 50)
        {
            await Task.Yield();
        }

        long start = TimeProvider.System.GetTimestamp();
        RemoveOutcome outcome = default;
        do
        {
            outcome = await collector.RemoveStagedAsync([], LedgerHead.Nothing, None);
        }
        while (outcome.Status == RemoveStatus.Busy && TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(5));
        await stop.CancelAsync();
        await Task.WhenAll(stagers);

        Assert.Equal(RemoveStatus.Removed, outcome.Status);
    }

    /// <summary>Who is at work for long is not waited for, and nobody waits for the collection.</summary>
    [Fact]
    public async Task RemoveStaged_AnAppendHangs_GivesUpAndOthersGoOn()
    {
        TaskCompletionSource hanging = new(), released = new();
        await using FileLedgerStore slow = new(Folder, time: null, step =>
        {
            if (step == "append:link")
            {
                hanging.SetResult();
                released.Task.Wait();
            }
        });
        Task<AppendOutcome> append = slow.AppendAsync(new ModelVersion(1), new byte[] { 1 }, [], None).AsTask();
        await hanging.Task;
        await using FileLedgerStore store = new(Folder);

        RemoveOutcome outcome = await store.RemoveStagedAsync([KeyOf("a")], LedgerHead.Nothing, None);
        await store.StageAsync(KeyOf("a"), new byte[] { 1 }, None);
        released.SetResult();

        Assert.Equal(RemoveStatus.Busy, outcome.Status);
        Assert.Equal(AppendOutcome.Appended, await append);
    }

    private static StagedKey KeyOf(string edit) => new(new EditId(edit), 0, Sha256Digest.Of([1]));

    private static void Vanish(bool now, string folder)
    {
        if (now && Directory.Exists(folder))
        {
            Directory.Delete(folder);
        }
    }
}
