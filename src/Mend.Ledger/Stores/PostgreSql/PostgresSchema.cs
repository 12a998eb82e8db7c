using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Mend.Ledger;

/// <summary>
/// Creates the tables and brings older ones up to date. Whoever starts does it; an advisory lock lets one at a time. Step n of the migrations
/// leads from schema version n − 1 to n and is never changed once released.
/// </summary>
internal sealed class PostgresSchema(IReadOnlyList<string> migrations) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile bool _current;

    public PostgresSchema()
        : this(Released())
    {
    }

    /// <summary>Makes sure, once, that the schema is the one this program knows.</summary>
    /// <exception cref="LedgerStoreException">The schema is newer.</exception>
    /// <exception cref="NpgsqlException">The server refused.</exception>
    public async Task EnsureAsync(NpgsqlConnection connection, string location, CancellationToken cancellationToken)
    {
        if (_current)
        {
            return;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_current)
            {
                int found = await VersionAsync(connection, cancellationToken).ConfigureAwait(false);
                Refuse(found, location);
                if (found < migrations.Count)
                {
                    await MigrateAsync(connection, location, cancellationToken).ConfigureAwait(false);
                }

                _current = true;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>The migrations of this release, oldest first.</summary>
    internal static IReadOnlyList<string> Released()
    {
        Assembly assembly = typeof(PostgresSchema).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

        string Read(string name)
        {
            using StreamReader reader = new(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }

    private async Task MigrateAsync(NpgsqlConnection connection, string location, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable ending = transaction.ConfigureAwait(false);
        await connection.RunAsync("SELECT pg_advisory_xact_lock($1, $2)", cancellationToken, AdvisoryLock.Schema, 0).ConfigureAwait(false);

        // Somebody else may have done it while this waited.
        int found = await VersionAsync(connection, cancellationToken).ConfigureAwait(false);
        Refuse(found, location);
        if (found == 0)
        {
            await connection.RunAsync("CREATE SCHEMA IF NOT EXISTS mend", cancellationToken).ConfigureAwait(false);
            await connection.RunAsync("CREATE TABLE mend.schema_version (version integer NOT NULL)", cancellationToken).ConfigureAwait(false);
            await connection.RunAsync("INSERT INTO mend.schema_version VALUES (0)", cancellationToken).ConfigureAwait(false);
        }

        foreach (string migration in migrations.Skip(found))
        {
            await connection.RunAsync(migration, cancellationToken).ConfigureAwait(false);
        }

        await connection.RunAsync("UPDATE mend.schema_version SET version = $1", cancellationToken, migrations.Count).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>0 when there is no schema yet. Asked of the catalog's table: to_regclass answers from a cache, out of date after the wait for the lock.</summary>
    private static async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'mend' AND tablename = 'schema_version')", cancellationToken).ConfigureAwait(false)
            ? await connection.ScalarAsync<int>("SELECT version FROM mend.schema_version", cancellationToken).ConfigureAwait(false)
            : 0;

    private void Refuse(int found, string location)
    {
        if (found > migrations.Count)
        {
            throw new LedgerStoreException(location, string.Create(
                CultureInfo.InvariantCulture,
                $"the ledger tables have schema version {found}, this release knows up to {migrations.Count}. Upgrade every process that opens this database."));
        }
    }
}
