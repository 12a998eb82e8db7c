using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Mend.Ledger;

public sealed partial class PostgresLedgerStore
{
    // Unchanged bytes are not written again: then the row keeps what it points to. Others were damaged, and staging repairs them.
    private const string Stage =
        """
        INSERT INTO mend.staged AS there (ledger, edit, shard, digest, factors, staged_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (ledger, edit, shard, digest) DO UPDATE SET
            staged_at = excluded.staged_at,
            factors = CASE WHEN there.factors = excluded.factors THEN there.factors ELSE excluded.factors END
        """;

    /// <summary>The owners whose sessions live.</summary>
    private static readonly string LiveOwners =
        $"""
        (SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = {AdvisoryLock.Owner} AND objsubid = 2 AND granted
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
        """;

    private static readonly string List =
        $"""
        SELECT staged.edit, shard, digest, octet_length(factors)::bigint, staged_at, holds.alive
        FROM mend.staged LEFT JOIN (
            SELECT edit, bool_or(owner IN {LiveOwners}) AS alive FROM mend.hold WHERE ledger = $1 GROUP BY edit) AS holds USING (edit)
        WHERE ledger = $1
        """;

    private static readonly string Remove =
        $"""
        DELETE FROM mend.staged USING unnest($2, $3, $4) AS garbage (edit, shard, digest)
        WHERE staged.ledger = $1 AND staged.edit = garbage.edit AND staged.shard = garbage.shard AND staged.digest = garbage.digest
            AND NOT EXISTS (SELECT FROM mend.hold WHERE hold.ledger = $1 AND hold.edit = staged.edit AND owner IN {LiveOwners})
        RETURNING octet_length(factors)::bigint
        """;

    // The dead owner's hold stays as long as something uncommitted of its edit does: the caller may not have judged that yet.
    private static readonly string RemoveDeadHolds =
        $"""
        DELETE FROM mend.hold WHERE ledger = $1 AND owner NOT IN {LiveOwners} AND NOT EXISTS (
            SELECT FROM mend.staged WHERE staged.ledger = $1 AND staged.edit = hold.edit AND NOT EXISTS (
                SELECT FROM mend.committed AS named
                WHERE named.ledger = $1 AND named.edit = staged.edit AND named.shard = staged.shard AND named.digest = staged.digest))
        """;

    /// <inheritdoc/>
    public async ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken)
    {
        await RepairOwnerAsync(cancellationToken).ConfigureAwait(false);
        await RunAsync(
            async (connection, stop) =>
            {
                Step("stage:insert");
                await connection.RunAsync(
                    Stage, stop, _ledger, key.Edit.Value, key.Shard, key.Digest.Hex, factors, _time.GetUtcNow().ToUniversalTime()).ConfigureAwait(false);
                Step("stage:done");
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadStagedAsync(StagedKey key, CancellationToken cancellationToken) => RunAsync(
        (connection, stop) => connection.ScalarAsync<byte[]>(
            "SELECT factors FROM mend.staged WHERE ledger = $1 AND edit = $2 AND shard = $3 AND digest = $4",
            stop,
            _ledger,
            key.Edit.Value,
            key.Shard,
            key.Digest.Hex),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StagedFactors>> ListStagedAsync(CancellationToken cancellationToken) => RunAsync<IReadOnlyList<StagedFactors>>(
        async (connection, stop) => await connection.RowsAsync(List, Read, stop, _ledger).ConfigureAwait(false), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<RemoveOutcome> RemoveStagedAsync(
        IReadOnlyCollection<StagedKey> staged, LedgerHead expectedHead, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        return RunAsync((connection, stop) => RemoveAsync(connection, staged, expectedHead, stop), cancellationToken);
    }

    private static StagedFactors Read(NpgsqlDataReader row)
    {
        string digest = row.GetString(2);
        StagedKey key = new(
            new EditId(row.GetString(0)),
            row.GetInt32(1),
            Sha256Digest.TryParse(digest, out Sha256Digest parsed) ? parsed : throw new InvalidDataException($"mend.staged has a row whose digest is '{digest}'."));
        HoldState hold = row.IsDBNull(5) ? HoldState.None : row.GetBoolean(5) ? HoldState.Live : HoldState.Abandoned;
        return new StagedFactors(key, row.GetInt64(3), row.GetFieldValue<DateTimeOffset>(4), hold);
    }

    private async Task<RemoveOutcome> RemoveAsync(
        NpgsqlConnection connection, IReadOnlyCollection<StagedKey> staged, LedgerHead expectedHead, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable ending = transaction.ConfigureAwait(false);

        // Excludes new holds; every statement after it sees those that were taken before.
        await connection.RunAsync("SELECT pg_advisory_xact_lock($1, hashtext($2))", cancellationToken, AdvisoryLock.Removal, _ledger).ConfigureAwait(false);
        if (await HeadAsync(connection, cancellationToken).ConfigureAwait(false) != expectedHead)
        {
            return new RemoveOutcome(HeadMoved: true, 0, 0, 0);
        }

        try
        {
            Step("remove:delete");
            List<long> removed = await connection.RowsAsync(
                Remove,
                row => row.GetInt64(0),
                cancellationToken,
                _ledger,
                staged.Select(key => key.Edit.Value).ToArray(),
                staged.Select(key => key.Shard).ToArray(),
                staged.Select(key => key.Digest.Hex).ToArray()).ConfigureAwait(false);
            await connection.RunAsync(RemoveDeadHolds, cancellationToken, _ledger).ConfigureAwait(false);
            Step("remove:commit");
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            Step("remove:done");
            return new RemoveOutcome(HeadMoved: false, removed.Count, removed.Sum(), Temporary: 0);
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: "committed_staged" })
        {
            // An entry that names one of them was appended since the head was read.
            return new RemoveOutcome(HeadMoved: true, 0, 0, 0);
        }
    }
}
