using System.Runtime.CompilerServices;
using Npgsql;

namespace Mend.Ledger;

/// <summary>
/// A ledger in a PostgreSQL database, shared by any number of processes on any machines; one database holds any number of
/// ledgers. A version is one INSERT, which the primary key lets one process win. Safe to share between threads.
/// </summary>
/// <remarks>
/// Every method throws <see cref="LedgerUnavailableException"/> when the server can not be reached or is busy, and
/// <see cref="LedgerStoreException"/> when it refuses for good. The tables lie in the schema <c>mend</c>; the first process to use them creates
/// or migrates them. A pooler between may pool transactions where it knows prepared statements.
/// </remarks>
public sealed partial class PostgresLedgerStore : ILedgerStore
{
    private const string SetAside =
        """
        WITH unnamed AS (DELETE FROM mend.committed WHERE ledger = $1 AND version > $2),
        taken AS (DELETE FROM mend.entry WHERE ledger = $1 AND version > $2 RETURNING ledger, version, entry)
        INSERT INTO mend.aside (ledger, version, entry, aside_at) SELECT ledger, version, entry, $3 FROM taken
        """;

    private readonly NpgsqlDataSource _database;
    private readonly bool _ownsDatabase;
    private readonly string _ledger;
    private readonly string _location;
    private readonly TimeProvider _time;
    private readonly PostgresSchema _schema;
    private readonly Action<string>? _step;
    private volatile bool _disposed;

    /// <summary>Opens the store; nothing is connected before the first call.</summary>
    /// <param name="address">The database and the ledger's name.</param>
    /// <param name="time">The clock that dates staged factors; null for the system's.</param>
    public PostgresLedgerStore(PostgresLedgerAddress address, TimeProvider? time = null)
        : this(address, time, step: null)
    {
    }

    /// <summary>Opens one of several ledgers of a database that share its connections.</summary>
    /// <param name="database">Made by <see cref="PostgresLedgerAddress.CreateDatabase"/>; stays the caller's.</param>
    /// <param name="ledger">The ledger's name.</param>
    /// <param name="time">The clock that dates staged factors; null for the system's.</param>
    public PostgresLedgerStore(NpgsqlDataSource database, string ledger, TimeProvider? time = null)
        : this(database, ownsDatabase: false, new NpgsqlConnectionStringBuilder((database ?? throw new ArgumentNullException(nameof(database))).ConnectionString), ledger, time, step: null, PostgresSchema.Ledger())
    {
    }

    /// <summary>Opens the store with a callback before and after every change, for tests that stop it there, and perhaps another schema.</summary>
    internal PostgresLedgerStore(PostgresLedgerAddress address, TimeProvider? time, Action<string>? step, PostgresSchema? schema = null)
        : this(
            (address ?? throw new ArgumentNullException(nameof(address))).CreateDatabase(),
            ownsDatabase: true,
            new NpgsqlConnectionStringBuilder(address.ConnectionString),
            address.Ledger,
            time,
            step,
            schema ?? PostgresSchema.Ledger())
    {
    }

    private PostgresLedgerStore(
        NpgsqlDataSource database, bool ownsDatabase, NpgsqlConnectionStringBuilder settings, string ledger, TimeProvider? time, Action<string>? step, PostgresSchema schema)
    {
        _database = database;
        _ownsDatabase = ownsDatabase;
        _ledger = PostgresLedgerAddress.CheckName(ledger);
        _location = PostgresLedgerAddress.Describe(settings, ledger);
        _time = time ?? TimeProvider.System;
        _step = step;
        _schema = schema;
    }

    /// <summary>How long an append whose connection broke tries to find out its outcome before it gives up.</summary>
    internal TimeSpan ResolveWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadHeaderAsync(CancellationToken cancellationToken) => RunAsync(
        (connection, stop) => connection.ScalarAsync<byte[]>("SELECT header FROM mend.header WHERE ledger = $1", stop, _ledger), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> CreateHeaderAsync(ReadOnlyMemory<byte> header, CancellationToken cancellationToken) => RunAsync(
        async (connection, stop) =>
        {
            Step("header:insert");
            int rows = await connection.RunAsync(
                "INSERT INTO mend.header (ledger, header) VALUES ($1, $2) ON CONFLICT DO NOTHING", stop, _ledger, header).ConfigureAwait(false);
            Step("header:done");
            return rows == 1;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LedgerHead> HeadAsync(CancellationToken cancellationToken) => RunAsync(
        (connection, stop) => HeadAsync(connection, stop), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<byte[]?> ReadEntryAsync(ModelVersion version, CancellationToken cancellationToken) => RunAsync(
        (connection, stop) => connection.ScalarAsync<byte[]>(
            "SELECT entry FROM mend.entry WHERE ledger = $1 AND version = $2", stop, _ledger, version.Number),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<byte[]>> ReadEntriesAsync(ModelVersion after, CancellationToken cancellationToken) => RunAsync<IReadOnlyList<byte[]>>(
        async (connection, stop) =>
        {
            // Bounded, so that a long history does not lie in memory twice.
            List<(long Version, byte[] Entry)> rows = await connection.RowsAsync(
                "SELECT version, entry FROM mend.entry WHERE ledger = $1 AND version > $2 ORDER BY version LIMIT 500",
                row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)),
                stop,
                _ledger,
                after.Number).ConfigureAwait(false);
            return [.. rows.TakeWhile((row, index) => row.Version == after.Number + 1 + index).Select(row => row.Entry)];
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string> SetAsideAsync(ModelVersion newest, CancellationToken cancellationToken) => RunAsync(
        async (connection, stop) =>
        {
            Step("aside:move");
            await connection.RunAsync(SetAside, stop, _ledger, newest.Number, _time.GetUtcNow().ToUniversalTime()).ConfigureAwait(false);
            Step("aside:done");
            return $"{_location}, mend.aside";
        },
        cancellationToken);

    /// <inheritdoc/>
    public string Locate(LedgerItem item) => item switch
    {
        { Entry: { } version } => $"{_location}, mend.entry, version {version}",
        { Staged: { } key } => $"{_location}, mend.staged, {key}",
        _ => $"{_location}, mend.header",
    };

    /// <summary>Closes its connections, unless they are shared.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (_ownsDatabase)
        {
            await _database.DisposeAsync().ConfigureAwait(false);
        }

        _schema.Dispose();
    }

    private async Task<LedgerHead> HeadAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (await connection.RowsAsync(
            """
            (SELECT version, digest FROM mend.entry WHERE ledger = $1 ORDER BY version DESC LIMIT 1)
            UNION ALL SELECT 0, digest FROM mend.header WHERE ledger = $1 ORDER BY version DESC LIMIT 1
            """,
            row => new LedgerHead(new ModelVersion(row.GetInt64(0)), Sha256Digest.FromBytes(row.GetFieldValue<byte[]>(1))),
            cancellationToken,
            _ledger).ConfigureAwait(false)).FirstOrDefault();

    private async ValueTask<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            NpgsqlConnection connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable closing = connection.ConfigureAwait(false);
            return await work(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            throw PostgresFailure.Translate(error, _location);
        }
    }

    /// <summary>A connection from the pool to a database whose tables are there.</summary>
    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _schema.EnsureAsync(connection, _location, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private void Step(string name) => _step?.Invoke(name);
}
