namespace Mend.Ledger.Tests;

[Collection(PostgresCollection.Name)]
public sealed class PostgresSchemaTests(PostgresServer server)
{
    private const int Starters = 6;
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly IReadOnlyList<string> Released = PostgresSchema.Migrations(typeof(PostgresSchema).Assembly);
    private static readonly IReadOnlyList<string> Next = [.. Released, "CREATE TABLE mend.added (id integer); INSERT INTO mend.added VALUES (1)"];

    [PostgresFact]
    public async Task Start_ManyAtOnceOnAnEmptyDatabase_CreatedOnce()
    {
        string database = await server.CreateDatabaseAsync();

        await StartAsync(database, Released);

        Assert.Equal(Released.Count, await server.RunInAsync(database, "SELECT version FROM mend.schema_version"));
    }

    [PostgresFact]
    public async Task Start_ManyAtOnceOnAnOlderSchema_MigratedOnceAndContentKept()
    {
        string database = await server.CreateDatabaseAsync();
        PostgresLedgerAddress address = server.Address(database);
        await using (PostgresLedgerStore old = new(address))
        {
            await old.AppendAsync(new ModelVersion(1), new byte[] { 7 }, [], None);
        }

        await StartAsync(database, Next);

        Assert.Equal(Next.Count, await server.RunInAsync(database, "SELECT version FROM mend.schema_version"));
        Assert.Equal(1L, await server.RunInAsync(database, "SELECT count(*) FROM mend.added"));
        await using PostgresLedgerStore store = new(address, time: null, step: null, Schema(Next));
        Assert.Equal([7], await store.ReadEntryAsync(new ModelVersion(1), None));
    }

    /// <summary>A ledger that the release before wrote goes on, and the damaged one beside it does not keep it from that.</summary>
    [PostgresFact]
    public async Task Start_LedgersOfTheFirstSchema_GoOnFromTheirHeads()
    {
        string database = await server.CreateDatabaseAsync();
        await using (PostgresLedgerStore first = new(server.Address(database), time: null, step: null, Schema([.. Released.Take(1)])))
        {
            await Assert.ThrowsAsync<LedgerStoreException>(async () => await first.HeadAsync(None));
        }

        await server.RunInAsync(database, """
            INSERT INTO mend.header (ledger, header) VALUES ('whole', 'h'), ('gap', 'h');
            INSERT INTO mend.entry (ledger, version, entry, append) VALUES ('whole', 1, 'one', gen_random_uuid()), ('whole', 2, 'two', gen_random_uuid());
            SET session_replication_role = replica;
            INSERT INTO mend.entry (ledger, version, entry, append) VALUES ('gap', 2, 'two', gen_random_uuid());
            """);

        await using PostgresLedgerStore store = new(PostgresLedgerAddress.Parse($"Host={server.Socket};Username=mend;Database={database}", "whole"));
        LedgerHead head = LedgerHead.Of(new ModelVersion(2), "two"u8.ToArray());
        Assert.Equal(head, await store.HeadAsync(None));
        Assert.Equal(AppendOutcome.PreviousMissing, await store.AppendAsync(head with { Digest = Sha256Digest.Of([1]) }, new byte[] { 3 }, [], None));
        Assert.Equal(AppendOutcome.Appended, await store.AppendAsync(head, new byte[] { 3 }, [], None));
    }

    [PostgresFact]
    public async Task Start_MigrationFails_NothingOfItStays()
    {
        string database = await server.CreateDatabaseAsync();
        await using PostgresLedgerStore store = new(
            server.Address(database), time: null, step: null, Schema([.. Released, "CREATE TABLE mend.added (); SELECT 1 / 0"]));

        LedgerStoreException error = await Assert.ThrowsAsync<LedgerStoreException>(async () => await store.HeadAsync(None));

        Assert.Contains("division by zero", error.Message, StringComparison.Ordinal);
        Assert.Equal(true, await server.RunInAsync(database, "SELECT to_regclass('mend.schema_version') IS NULL"));
    }

    [PostgresFact]
    public async Task Start_SchemaMadeForARoleThatMayNotCreateOne_FillsIt()
    {
        string database = await server.CreateDatabaseAsync();
        await server.RunInAsync(database, "CREATE ROLE tenant LOGIN; CREATE SCHEMA mend AUTHORIZATION tenant");
        await using PostgresLedgerStore store = new(PostgresLedgerAddress.Parse(server.AddressText(database).Replace("Username=mend", "Username=tenant", StringComparison.Ordinal), "model"), time: null, step: null);

        Assert.Equal(LedgerHead.Nothing, await store.HeadAsync(None));
    }

    [PostgresFact]
    public async Task Start_NewerSchema_Refused()
    {
        string database = await server.CreateDatabaseAsync();
        await StartAsync(database, Next);
        await using PostgresLedgerStore store = new(server.Address(database));

        LedgerStoreException error = await Assert.ThrowsAsync<LedgerStoreException>(async () => await store.HeadAsync(None));

        Assert.Contains($"schema version {Next.Count}, this release knows up to {Next.Count - 1}. Upgrade", error.Message, StringComparison.Ordinal);
    }

    private static PostgresSchema Schema(IReadOnlyList<string> migrations) => new("mend", migrations);

    private async Task StartAsync(string database, IReadOnlyList<string> migrations)
    {
        PostgresLedgerStore[] stores = [.. Enumerable.Range(0, Starters)
            .Select(_ => new PostgresLedgerStore(server.Address(database), time: null, step: null, Schema(migrations)))];
        LedgerHead[] heads = await Task.WhenAll(stores.Select(store => Task.Run(async () => await store.HeadAsync(None))));
        Assert.All(heads, head => Assert.Equal(heads[0], head));
        foreach (PostgresLedgerStore store in stores)
        {
            await store.DisposeAsync();
        }
    }
}
