using Npgsql;

namespace Mend.Ledger;

public sealed partial class PostgresLedgerStore
{
    // Unchanged bytes are not written again, and the row keeps its time: one that a removal may be about to take never looks young again.
    // Others were damaged, and staging repairs them.
    private const string Stage =
        """
        INSERT INTO mend.staged AS there (ledger, edit, shard, digest, factors, staged_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (ledger, edit, shard, digest) DO UPDATE SET factors = excluded.factors WHERE there.factors <> excluded.factors
        """;

    private const string List = "SELECT edit, shard, digest, octet_length(factors)::bigint, staged_at FROM mend.staged WHERE ledger = $1";

    // What an entry names stays, also one that was appended since the caller looked: the reference of mend.committed sees to that.
    private const string Remove =
        """
        DELETE FROM mend.staged USING unnest($2, $3, $4) AS garbage (edit, shard, digest)
        WHERE staged.ledger = $1 AND staged.edit = garbage.edit AND staged.shard = garbage.shard AND staged.digest = garbage.digest AND staged_at < $5
            AND NOT EXISTS (SELECT FROM mend.committed AS named
                WHERE named.ledger = $1 AND named.edit = staged.edit AND named.shard = staged.shard AND named.digest = staged.digest)
        RETURNING octet_length(factors)::bigint
        """;

    /// <inheritdoc/>
    public async ValueTask StageAsync(StagedKey key, ReadOnlyMemory<byte> factors, CancellationToken cancellationToken)
    {
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
        IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        return RunAsync((connection, stop) => RemoveAsync(connection, staged, stagedBefore, expectedHead, stop), cancellationToken);
    }

    private static StagedFactors Read(NpgsqlDataReader row)
    {
        string digest = row.GetString(2);
        StagedKey key = new(
            new EditId(row.GetString(0)),
            row.GetInt32(1),
            Sha256Digest.TryParse(digest, out Sha256Digest parsed) ? parsed : throw new InvalidDataException($"mend.staged has a row whose digest is '{digest}'."));
        return new StagedFactors(key, row.GetInt64(3), row.GetFieldValue<DateTimeOffset>(4));
    }

    private async Task<RemoveOutcome> RemoveAsync(
        NpgsqlConnection connection, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedBefore, LedgerHead expectedHead, CancellationToken cancellationToken)
    {
        if (await HeadAsync(connection, cancellationToken).ConfigureAwait(false) != expectedHead)
        {
            return new RemoveOutcome(RemoveStatus.HeadMoved, 0, 0, 0);
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
                staged.Select(key => key.Digest.Hex).ToArray(),
                stagedBefore.ToUniversalTime()).ConfigureAwait(false);
            Step("remove:done");
            return new RemoveOutcome(RemoveStatus.Removed, removed.Count, removed.Sum(), Temporary: 0);
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: "committed_staged" })
        {
            // An entry that names one of them was appended since the head was read.
            return new RemoveOutcome(RemoveStatus.HeadMoved, 0, 0, 0);
        }
    }
}
