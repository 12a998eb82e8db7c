namespace Mend.Ledger.Tests;

internal sealed class FileSite : LedgerSite
{
    private readonly TemporaryFolder _folder = new();

    public string Path => _folder.Path;

    public override async Task DamageAsync(LedgerItem item, Func<byte[], byte[]?> change)
    {
        await using FileLedgerStore store = new(Path);
        string path = store.Locate(item);
        byte[]? changed = change(await File.ReadAllBytesAsync(path));
        if (changed is null)
        {
            File.Delete(path);
        }
        else
        {
            await File.WriteAllBytesAsync(path, changed);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    protected override ILedgerStore Open(TimeProvider? time, Action<string>? step) => new FileLedgerStore(Path, time, step);
}
