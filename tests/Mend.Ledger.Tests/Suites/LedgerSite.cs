namespace Mend.Ledger.Tests;

/// <summary>The place of one ledger, empty at first, as the suites use it whatever the store. Disposing of it ends what was connected.</summary>
public abstract class LedgerSite : IAsyncDisposable
{
    private readonly List<ILedgerStore> _connected = [];

    /// <summary>A new connection, as of another process.</summary>
    /// <param name="time">The clock that dates staged factors; null for the system's.</param>
    /// <param name="step">Called before and after every change, by stores that have more than one step; null for nothing.</param>
    public ILedgerStore Connect(TimeProvider? time = null, Action<string>? step = null)
    {
        ILedgerStore store = Open(time, step);
        lock (_connected)
        {
            _connected.Add(store);
        }

        return store;
    }

    /// <summary>Damages what is stored.</summary>
    /// <param name="item">What to damage.</param>
    /// <param name="change">Gives the new bytes for the old ones; null to take the item away.</param>
    public abstract Task DamageAsync(LedgerItem item, Func<byte[], byte[]?> change);

    public virtual async ValueTask DisposeAsync()
    {
        foreach (ILedgerStore store in _connected)
        {
            await store.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    protected abstract ILedgerStore Open(TimeProvider? time, Action<string>? step);
}

/// <summary>A class of tests over one site of its own for each test.</summary>
public abstract class SiteTests(Func<LedgerSite> newSite) : IAsyncLifetime
{
    protected LedgerSite Site { get; } = newSite();

    /// <summary>Another, empty site.</summary>
    protected LedgerSite NewSite() => newSite();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => Site.DisposeAsync().AsTask();
}
