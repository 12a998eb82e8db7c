using System.Runtime.CompilerServices;
using Npgsql;

namespace Mend.Ledger;

public sealed partial class PostgresLedgerStore
{
    private const string Insert =
        """
        WITH appended AS (
            INSERT INTO mend.entry (ledger, version, entry, append, previous_digest)
            SELECT $1, $2, $3, $4, $5 WHERE $2 > 1 OR coalesce((SELECT digest FROM mend.header WHERE ledger = $1), '') = $5
            RETURNING ledger, version),
        committed AS (
            INSERT INTO mend.committed (ledger, version, edit, shard, digest)
            SELECT ledger, version, named.edit, named.shard, named.digest FROM appended, unnest($6, $7, $8) AS named (edit, shard, digest))
        SELECT count(*) FROM appended
        """;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async ValueTask<AppendOutcome> AppendAsync(
        LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, DateTimeOffset stagedSince, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(staged);
        ObjectDisposedException.ThrowIf(_disposed, this);
        PendingAppend append = new(previous, entry, staged, Guid.NewGuid());
        long start = _time.GetTimestamp();
        TimeSpan pause = TimeSpan.Zero;
        while (true)
        {
            try
            {
                return await TryAppendAsync(append, cancellationToken).ConfigureAwait(false);
            }
            catch (NpgsqlException error)
            {
                if (!append.Unknown)
                {
                    throw PostgresFailure.Translate(error, _location);
                }

                if (_time.GetElapsedTime(start) > ResolveWithin)
                {
                    throw new LedgerUnavailableException(
                        Locate(append.Version),
                        $"the connection broke during the commit and whether it took effect could not be found out within {ResolveWithin}. Commit again with the " +
                        "same edit ids and keys: an edit that did get committed is reported as such, and none is committed twice.",
                        error);
                }
            }

            // Inserting again is what settles it: the server makes it wait for a first insert that is still under way, and the primary key
            // lets one of the two through. To look for the entry is not enough, it might still appear.
            await Task.Delay(pause, _time, CancellationToken.None).ConfigureAwait(false);
            pause = pause == TimeSpan.Zero ? TimeSpan.FromMilliseconds(50) : pause < LongestPause ? 2 * pause : pause;
        }
    }

    private async Task<AppendOutcome> TryAppendAsync(PendingAppend append, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await ConnectAsync(append.Unknown ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = connection.ConfigureAwait(false);
        try
        {
            Step("append:insert");
            long appended = await connection.ScalarAsync<long>(
                Insert,
                CancellationToken.None,
                _ledger,
                append.Version.Number,
                append.Entry,
                append.Id,
                append.PreviousDigest,
                append.Staged.Select(key => key.Edit.Value).ToArray(),
                append.Staged.Select(key => key.Shard).ToArray(),
                append.Staged.Select(key => key.Digest.Hex).ToArray()).ConfigureAwait(false);
            Step("append:done");
            return appended == 1 ? AppendOutcome.Appended : AppendOutcome.PreviousMissing;
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return append.Unknown && await IsOursAsync(connection, append).ConfigureAwait(false) ? AppendOutcome.Appended : AppendOutcome.VersionTaken;
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: "committed_staged" })
        {
            return AppendOutcome.StagedMissing;
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.ForeignKeyViolation, ConstraintName: "entry_previous" })
        {
            return AppendOutcome.PreviousMissing;
        }
        catch (NpgsqlException error)
        {
            append.Unknown |= PostgresFailure.IsUnknown(error);
            throw;
        }
    }

    private Task<bool> IsOursAsync(NpgsqlConnection connection, PendingAppend append) => connection.ScalarAsync<bool>(
        "SELECT append = $3 FROM mend.entry WHERE ledger = $1 AND version = $2", CancellationToken.None, _ledger, append.Version.Number, append.Id);

    private sealed class PendingAppend(LedgerHead previous, ReadOnlyMemory<byte> entry, IReadOnlyCollection<StagedKey> staged, Guid id)
    {
        public ModelVersion Version { get; } = previous.Version.Next;

        /// <summary>No bytes where there is no header: the store's tests append to such a ledger.</summary>
        public byte[] PreviousDigest { get; } = previous.Digest?.ToBytes() ?? [];

        public ReadOnlyMemory<byte> Entry { get; } = entry;

        public IReadOnlyCollection<StagedKey> Staged { get; } = staged;

        public Guid Id { get; } = id;

        /// <summary>Whether an insert was sent of which nobody knows whether it took effect.</summary>
        public bool Unknown { get; set; }
    }
}
