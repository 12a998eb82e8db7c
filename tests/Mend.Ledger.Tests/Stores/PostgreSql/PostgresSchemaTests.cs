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

        Assert.Equal(ModelVersion.Base, await store.HeadAsync(None));
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
        ModelVersion[] heads = await Task.WhenAll(stores.Select(store => Task.Run(async () => await store.HeadAsync(None))));
        Assert.All(heads, head => Assert.Equal(ModelVersion.Base, head));
        foreach (PostgresLedgerStore store in stores)
        {
            await store.DisposeAsync();
        }
    }
}
