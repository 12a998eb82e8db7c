using Npgsql;

namespace Mend.Ledger.Tests;

[Collection(PostgresCollection.Name)]
public sealed class PostgresFailureTests(PostgresServer server)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Head_NoServer_Retryable()
    {
        LedgerUnavailableException error = await FailAsync<LedgerUnavailableException>("Host=/nowhere;Username=mend;Password=secret");

        Assert.StartsWith("PostgreSQL at /nowhere:5432, database 'mend', ledger 'tiny': ", error.Message, StringComparison.Ordinal);
        Assert.Contains("try again", error.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Head_NoSuchDatabase_SaysHowToMakeIt()
    {
        LedgerStoreException error = await FailAsync<LedgerStoreException>($"Host={server.Socket};Username=mend;Database=nowhere");

        Assert.Contains("createdb", error.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Head_TooManyConnections_Retryable()
    {
        await server.RunAsync("CREATE ROLE crowd LOGIN CONNECTION LIMIT 0");

        LedgerUnavailableException error = await FailAsync<LedgerUnavailableException>($"Host={server.Socket};Username=crowd;Database=postgres");

        Assert.Contains("53300", error.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Head_NoRights_SaysWhatToGrant()
    {
        string database = await server.CreateDatabaseAsync();
        await server.RunAsync("CREATE ROLE guest LOGIN");

        LedgerStoreException error = await FailAsync<LedgerStoreException>($"Host={server.Socket};Username=guest;Database={database}");

        Assert.Contains("Grant the user CREATE", error.Message, StringComparison.Ordinal);
    }

    [PostgresFact]
    public async Task Append_ServerDown_RetryableAndNothingWritten()
    {
        PostgresLedgerAddress address = server.Address();
        await using PostgresLedgerStore store = new(address);
        await server.StopAsync();
        try
        {
            await Assert.ThrowsAsync<LedgerUnavailableException>(async () => await store.AppendAsync(new ModelVersion(1), new byte[] { 1 }, [], None));
        }
        finally
        {
            await server.StartAsync();
        }

        Assert.Equal(LedgerHead.Nothing, await store.HeadAsync(None));
    }

    [PostgresTheory]
    [InlineData("40001", true)]
    [InlineData("40P01", true)]
    [InlineData("53300", true)]
    [InlineData("57P01", true)]
    [InlineData("57P03", true)]
    [InlineData("08006", true)]
    [InlineData("25006", true)]
    [InlineData("42P01", false)]
    [InlineData("28P01", false)]
    [InlineData("XX001", false)]
    public void IsTransient_SqlState_AsListed(string state, bool transient) =>
        Assert.Equal(transient, PostgresFailure.IsTransient(new PostgresException("m", "ERROR", "ERROR", state)));

    [PostgresFact]
    public async Task Session_DatabaseAsksForLooseCommits_CommitsStayDurable()
    {
        string database = await server.CreateDatabaseAsync();
        await server.RunAsync($"ALTER DATABASE {database} SET synchronous_commit = off");
        await using NpgsqlDataSource pool = server.Address(database).CreateDatabase();
        await using NpgsqlCommand command = pool.CreateCommand("SHOW synchronous_commit");

        Assert.Equal("on", await command.ExecuteScalarAsync(None));
    }

    [PostgresFact]
    public async Task Open_TenThousandVersions_FewReadsAndThenOnlyNewOnes()
    {
        const int Versions = 10_000;
        PostgresLedgerAddress address = server.Address();
        await (await EditLedger.OpenAsync(new PostgresLedgerStore(address), Samples.BaseModel)).DisposeAsync();
        await using PostgresLedgerStore store = new(address);
        Sha256Digest previous = LedgerCodec.DecodeHeader((await store.ReadHeaderAsync(None))!, "header").Digest;
        byte[][] entries = new byte[Versions][];
        for (int index = 0; index < Versions; index++)
        {
            // Every second one takes the one before it back.
            (entries[index], previous) = LedgerCodec.Encode(EntryOf(index + 1, previous));
        }

        await server.RunAsync(
            """
            INSERT INTO mend.entry (ledger, version, entry, append, previous_digest)
            SELECT $1, version, entry, gen_random_uuid(), coalesce(sha256(lag(entry) OVER (ORDER BY version)), (SELECT digest FROM mend.header WHERE ledger = $1))
            FROM unnest($2) WITH ORDINALITY AS history (entry, version)
            """,
            address.Ledger,
            entries);
        ILedgerStore counted = CountedCalls.On(store, out CountedCalls calls);

        await using EditLedger ledger = await EditLedger.OpenAsync(counted, Samples.BaseModel);
        Assert.Equal(Versions, (await ledger.HeadAsync()).Number);
        Assert.Equal(20, calls.Of(nameof(ILedgerStore.ReadEntriesAsync)));
        await Samples.CommitAsync(ledger, "own");
        Assert.Single(await ledger.EntriesAsync(new ModelVersion(Versions)));
        Assert.Equal(20, calls.Of(nameof(ILedgerStore.ReadEntriesAsync)));
        await using EditLedger other = await EditLedger.OpenAsync(new PostgresLedgerStore(address), Samples.BaseModel);
        await Samples.CommitAsync(other, "new");
        Assert.Equal(2, (await ledger.EntriesAsync(new ModelVersion(Versions))).Count);
        Assert.Equal(21, calls.Of(nameof(ILedgerStore.ReadEntriesAsync)));
        Assert.Equal(0, calls.Of(nameof(ILedgerStore.ReadEntryAsync)));
    }

    private static LedgerEntry EntryOf(int version, Sha256Digest previous)
    {
        EditId id = new($"e{version}");
        FactorReference factor = new() { Edit = id, Layer = "h", Shard = 0, Digest = previous, Rank = 1, Inputs = 1, Outputs = 1, Bytes = 12 };
        bool edit = version % 2 == 1;
        return new LedgerEntry
        {
            Version = new ModelVersion(version),
            PreviousDigest = previous,
            Time = DateTimeOffset.UnixEpoch,
            Kind = edit ? LedgerEntryKind.Edit : LedgerEntryKind.Revert,
            Edits = edit ? [new CommittedEdit { Id = id, Prompt = "p", Target = "t", Factors = [factor] }] : [],
            Reverts = edit ? [] : [new ModelVersion(version - 1)],
        };
    }

    private static async Task<T> FailAsync<T>(string address)
        where T : Exception
    {
        await using PostgresLedgerStore store = new(PostgresLedgerAddress.Parse(address, "tiny"));
        T error = await Assert.ThrowsAsync<T>(async () => await store.HeadAsync(None));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        return error;
    }
}
