using System.Text;

namespace Mend.Ledger.Tests;

/// <summary>The connection breaks during a commit, before or after the server did it: the store finds out which.</summary>
[Collection(PostgresCollection.Name)]
public sealed class UnknownOutcomeTests(PostgresServer server)
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly ModelVersion First = new(1);
    private static readonly byte[] Entry = Encoding.UTF8.GetBytes("bytes that stand in no statement");

    [PostgresTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Append_ConnectionCut_AppendedOnce(bool answered)
    {
        await using CuttingProxy proxy = new(server.Socket);
        await using PostgresLedgerStore store = new(server.Address(host: proxy.Folder));
        proxy.CutAt(Entry, answered);

        Assert.Equal(AppendOutcome.Appended, await store.AppendAsync(First, Entry, [], None));

        Assert.Equal(1, proxy.Cuts);
        Assert.Equal(First, (await store.HeadAsync(None)).Version);
        Assert.Equal(Entry, await store.ReadEntryAsync(First, None));
        Assert.Equal(AppendOutcome.VersionTaken, await store.AppendAsync(First, Entry, [], None));
    }

    [PostgresFact]
    public async Task Append_CutAndAnotherWins_VersionTaken()
    {
        PostgresLedgerAddress address = server.Address();
        await using PostgresLedgerStore other = new(address);
        await using CuttingProxy proxy = new(server.Socket);
        await using PostgresLedgerStore store = new(PostgresLedgerAddress.Parse($"Host={proxy.Folder};Username=mend;Database=postgres", address.Ledger));
        proxy.CutAt(Entry, answered: false, async () => Assert.Equal(AppendOutcome.Appended, await other.AppendAsync(First, Entry, [], None)));

        Assert.Equal(AppendOutcome.VersionTaken, await store.AppendAsync(First, Entry, [], None));

        Assert.Equal(1, proxy.Cuts);
    }

    [PostgresFact]
    public async Task Append_CutWithTheFirstInsertStillUnderWay_WaitsForIt()
    {
        await using CuttingProxy proxy = new(server.Socket);
        PostgresLedgerAddress address = server.Address(host: proxy.Folder);
        await using PostgresLedgerStore store = new(address);
        Assert.Equal(LedgerHead.Nothing, await store.HeadAsync(None));

        // A commit that waits for its turn at the server: a trigger makes this ledger's inserts queue up behind a lock that the test holds.
        await using Npgsql.NpgsqlConnection gate = new($"Host={server.Socket};Username=mend;Database=postgres;Pooling=false");
        await gate.OpenAsync(None);
        await using (Npgsql.NpgsqlCommand arm = new(
            $"""
            SELECT pg_advisory_lock(77);
            CREATE FUNCTION mend.wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(77); RETURN NEW; END';
            CREATE TRIGGER wait AFTER INSERT ON mend.entry FOR EACH ROW WHEN (NEW.ledger = '{address.Ledger}') EXECUTE FUNCTION mend.wait();
            """,
            gate))
        {
            await arm.ExecuteNonQueryAsync(None);
        }

        try
        {
            proxy.CutSoonAfter(Entry);
            Task<AppendOutcome> appending = store.AppendAsync(First, Entry, [], None).AsTask();
            await proxy.Cut;
            Assert.False(appending.IsCompleted);
            await using (Npgsql.NpgsqlCommand open = new("SELECT pg_advisory_unlock(77)", gate))
            {
                await open.ExecuteNonQueryAsync(None);
            }

            Assert.Equal(AppendOutcome.Appended, await appending);
            Assert.Equal(First, (await store.HeadAsync(None)).Version);
        }
        finally
        {
            await server.RunAsync("DROP FUNCTION mend.wait CASCADE");
        }
    }

    [PostgresFact]
    public async Task Commit_OutcomeNotFoundOut_AskedAgainItIsThereOnce()
    {
        await using CuttingProxy proxy = new(server.Socket);
        await using EditLedger ledger = await EditLedger.OpenAsync(
            new PostgresLedgerStore(server.Address(host: proxy.Folder)) { ResolveWithin = TimeSpan.FromTicks(-1) }, Samples.BaseModel);
        CommittedEdit edit = await Samples.PrepareAsync(ledger, "a", "key");
        proxy.CutAt("The capital of France"u8.ToArray(), answered: true);

        LedgerUnavailableException error = await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.CommitAsync(ModelVersion.Base, [edit]));
        CommitResult again = await ledger.CommitAsync(ModelVersion.Base, [edit]);

        Assert.Contains("Commit again with the same edit ids", error.Message, StringComparison.Ordinal);
        Assert.Equal((CommitStatus.Committed, First), (again.Status, again.Version));
        Assert.Single(await ledger.EntriesAsync());
    }
}
