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
        Assert.Empty(Directory.GetFiles(names.InFlight));
        return Task.CompletedTask;
    });
}

public sealed class FileLedgerStoreTests() : LedgerStoreTests(() => new FileSite())
{
    private static readonly CancellationToken None = CancellationToken.None;

    private string Folder => ((FileSite)Site).Path;

    [Fact]
    public async Task RemoveStaged_AfterACrash_LeavesNoTrace()
    {
        LedgerFolder folder = new(Folder);
        FileLedgerStore dead = new(Folder);
        await dead.HoldAsync(new EditId("a"), None);
        dead.SimulateCrash();
        string owner = LedgerFolder.OwnerOf(Directory.GetFiles(folder.Owners).Single());
        await File.WriteAllTextAsync(folder.TemporaryFile(owner, 99), "half");
        await using FileLedgerStore store = new(Folder);

        await store.ListStagedAsync(None);
        RemoveOutcome outcome = await store.RemoveStagedAsync([], LedgerHead.Nothing, None);

        Assert.Equal(1, outcome.Temporary);
        Assert.Empty(Directory.GetFiles(folder.Temporary));
        Assert.Empty(Directory.GetFiles(folder.InFlight));
        Assert.Empty(Directory.GetFiles(folder.Owners));
    }

    [Fact]
    public async Task Dispose_NothingInFlight_LeavesOnlyTheLedger()
    {
        await using (FileLedgerStore store = new(Folder))
        {
            await store.CreateHeaderAsync(new byte[] { 1 }, None);
            await store.HoldAsync(new EditId("a"), None);
        }

        string[] files = [.. Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal)!];
        Assert.Equal(["gc.lock", "ledger.json"], files);
    }
}
