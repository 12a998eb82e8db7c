namespace Mend.Ledger.Tests;

[Collection(PostgresCollection.Name)]
public sealed class PostgresEditLedgerTests(PostgresServer server) : EditLedgerTests(() => new PostgresSite(server));

[Collection(PostgresCollection.Name)]
public sealed class PostgresDamageTests(PostgresServer server) : DamageTests(() => new PostgresSite(server));

[Collection(PostgresCollection.Name)]
public sealed class PostgresFaultInjectionTests(PostgresServer server) : FaultInjectionTests(() => new PostgresSite(server))
{
    [PostgresFact]
    public Task Edit_DiesAtEveryStep_CommittedExactlyOnce() => DieAtEveryStepAsync(10, _ => Task.CompletedTask);
}

[Collection(PostgresCollection.Name)]
public sealed class PostgresLedgerStoreTests(PostgresServer server) : LedgerStoreTests(() => new PostgresSite(server))
{
    private static readonly CancellationToken None = CancellationToken.None;

    [PostgresFact]
    public async Task Append_OtherLedgerOfTheDatabase_Apart()
    {
        await using PostgresSite other = new(server);
        await using ILedgerStore here = Site.Connect();
        await using ILedgerStore there = other.Connect();

        Assert.Equal(AppendOutcome.Appended, await here.AppendAsync(new ModelVersion(1), new byte[] { 1 }, [], None));
        Assert.Equal(AppendOutcome.Appended, await there.AppendAsync(new ModelVersion(1), new byte[] { 2 }, [], None));

        Assert.Equal([1], await here.ReadEntryAsync(new ModelVersion(1), None));
        Assert.Equal([2], await there.ReadEntryAsync(new ModelVersion(1), None));
    }

    [PostgresFact]
    public async Task SharedDatabase_TwoLedgers_StaysOpenAfterOne()
    {
        PostgresLedgerAddress address = server.Address();
        await using Npgsql.NpgsqlDataSource database = address.CreateDatabase();
        await using PostgresLedgerStore second = new(database, address.Ledger + " too");
        await using (PostgresLedgerStore first = new(database, address.Ledger))
        {
            Assert.True(await first.CreateHeaderAsync(new byte[] { 1 }, None));
        }

        Assert.Null(await second.ReadHeaderAsync(None));
    }

    [PostgresFact]
    public async Task Append_GapPastTheStore_RefusedByTheDatabase()
    {
        await using ILedgerStore store = Site.Connect();
        await store.AppendAsync(new ModelVersion(1), new byte[] { 1 }, [], None);

        Npgsql.PostgresException error = await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => server.RunAsync("INSERT INTO mend.entry (ledger, version, entry, append, previous_digest) SELECT ledger, 3, entry, append, digest FROM mend.entry WHERE ledger = $1", ((PostgresSite)Site).Ledger));

        Assert.Equal("entry_previous", error.ConstraintName);
    }

    [PostgresFact]
    public async Task RemoveStaged_CommittedFactors_Kept()
    {
        await using ILedgerStore store = Site.Connect();
        StagedKey key = new(new EditId("a"), 0, Sha256Digest.Of([1]));
        await store.StageAsync(key, new byte[] { 1 }, None);
        await store.AppendAsync(new ModelVersion(1), new byte[] { 1 }, [key], None);

        Assert.Equal(0, (await store.RemoveStagedAsync([key], await store.HeadAsync(None), None)).Files);
        Npgsql.PostgresException error = await Assert.ThrowsAsync<Npgsql.PostgresException>(
            () => server.RunAsync("DELETE FROM mend.staged WHERE ledger = $1", ((PostgresSite)Site).Ledger));

        Assert.Equal("committed_staged", error.ConstraintName);
        Assert.NotNull(await store.ReadStagedAsync(key, None));
    }
}
