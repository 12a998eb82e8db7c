namespace Mend.Ledger.Tests;

public sealed class FileLedgerStoreTests : LedgerStoreTests, IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RemoveStaged_AfterACrash_LeavesNoTrace()
    {
        LedgerFolder folder = new(_folder.Path);
        FileLedgerStore dead = new(_folder.Path);
        await dead.HoldAsync(new EditId("a"), None);
        Crash(dead);
        string owner = LedgerFolder.OwnerOf(Directory.GetFiles(folder.Owners).Single());
        await File.WriteAllTextAsync(folder.TemporaryFile(owner, 99), "half");
        await using FileLedgerStore store = new(_folder.Path);

        await store.ListStagedAsync(None);
        RemoveOutcome outcome = await store.RemoveStagedAsync([], ModelVersion.Base, None);

        Assert.Equal(1, outcome.Temporary);
        Assert.Empty(Directory.GetFiles(folder.Temporary));
        Assert.Empty(Directory.GetFiles(folder.InFlight));
        Assert.Empty(Directory.GetFiles(folder.Owners));
    }

    [Fact]
    public async Task Dispose_NothingInFlight_LeavesOnlyTheLedger()
    {
        await using (FileLedgerStore store = new(_folder.Path))
        {
            await store.CreateHeaderAsync(new byte[] { 1 }, None);
            await store.HoldAsync(new EditId("a"), None);
        }

        string[] files = [.. Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.Equal(["gc.lock", "ledger.json"], files);
    }

    [Fact]
    public async Task Stage_DamagedBefore_Repaired()
    {
        await using FileLedgerStore store = new(_folder.Path);
        byte[] content = [1, 2, 3];
        StagedKey key = new(new EditId("a"), 0, Sha256Digest.Of(content));
        await store.StageAsync(key, content, None);
        await File.WriteAllBytesAsync(store.Locate(key), [1, 2]);

        await store.StageAsync(key, content, None);

        Assert.Equal(content, await store.ReadStagedAsync(key, None));
    }

    protected override ILedgerStore Connect() => new FileLedgerStore(_folder.Path);

    protected override void Crash(ILedgerStore store) => ((FileLedgerStore)store).SimulateCrash();
}
