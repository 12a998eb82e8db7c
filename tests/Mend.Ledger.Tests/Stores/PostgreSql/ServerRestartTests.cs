using System.Collections.Concurrent;
using Mend.Ledger.CrashHarness;

namespace Mend.Ledger.Tests;

/// <summary>The server is killed and restarted while editors commit and a collector without grace runs beside them.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ServerRestartTests(PostgresServer server)
{
    private const int Editors = 3;
    private const int EditsEach = 16;
    private const int Failures = 6;

    private readonly ConcurrentDictionary<string, ModelVersion> _acknowledged = new(StringComparer.Ordinal);

    [PostgresFact]
    public async Task Commit_ServerKilledUnderLoad_AcknowledgedOnesThereOnce()
    {
        PostgresLedgerAddress address = server.Address();
        await (await OpenAsync(address)).DisposeAsync();
        SemaphoreSlim acknowledgements = new(0);

        Task[] editors = [.. Enumerable.Range(0, Editors).Select(editor => Task.Run(() => EditAsync(address, editor, acknowledgements)))];
        await using EditLedger collector = await OpenAsync(address);
        for (int failure = 0; failure < Failures; failure++)
        {
            for (int passed = 0; passed < Editors * EditsEach / (Failures + 1); passed++)
            {
                await acknowledgements.WaitAsync();
            }

            await FailAsync(failure);
            await PersistAsync(() => collector.CollectGarbageAsync());
        }

        await Task.WhenAll(editors);
        IReadOnlyList<LedgerEntry> entries = await PersistAsync(() => collector.EntriesAsync());
        Assert.Equal(
            _acknowledged.OrderBy(pair => pair.Value),
            entries.Select(entry => new KeyValuePair<string, ModelVersion>(entry.Edits.Single().IdempotencyKey!, entry.Version)));
        Assert.Equal(Editors * EditsEach, entries.Count);
        foreach (LedgerEntry entry in entries)
        {
            Assert.Equal(2 * Script.Shards, (await collector.LoadFactorsAsync(entry.Edits[0].Factors)).Count);
        }
    }

    private static Task<EditLedger> OpenAsync(PostgresLedgerAddress address) => EditLedger.OpenAsync(
        new PostgresLedgerStore(address), Script.BaseModel, new EditLedgerOptions { GracePeriod = TimeSpan.FromSeconds(4) });

    private async Task EditAsync(PostgresLedgerAddress address, int editor, SemaphoreSlim acknowledgements)
    {
        await using EditLedger ledger = await PersistAsync(() => OpenAsync(address));
        for (int edit = 0; edit < EditsEach; edit++)
        {
            string key = $"editor-{editor}-{edit}";
            (ModelVersion version, _) = await PersistAsync(() => Script.EditAsync(ledger, key, edit, editor, key));
            Assert.True(_acknowledged.TryAdd(key, version));
            acknowledgements.Release();
        }
    }

    /// <summary>In turns a killed session process, after which the server throws out all the others, and a killed and restarted server.</summary>
    private async Task FailAsync(int failure)
    {
        if (failure % 2 == 0)
        {
            await server.KillBackendAsync();
            await server.Ready;
        }
        else
        {
            await server.StopAsync();
            await server.StartAsync();
        }
    }

    /// <summary>Asks again, as the exceptions say, when the server is back.</summary>
    private async Task<T> PersistAsync<T>(Func<Task<T>> ask)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (Exception error) when (error is RetryableException or StagedFactorsMissingException)
            {
                await server.Ready;
            }
        }
    }
}
