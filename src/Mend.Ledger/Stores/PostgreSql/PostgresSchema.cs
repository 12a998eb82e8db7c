using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Mend.Ledger;

/// <summary>
/// Creates the tables of a schema and brings older ones up to date. Whoever starts does it; an advisory lock lets one at a time. Step n of the
/// migrations leads from schema version n − 1 to n and is never changed once released.
/// </summary>
/// <param name="name">The schema, a plain identifier.</param>
/// <param name="migrations">Its migrations, oldest first.</param>
/// <param name="newerServes">Whether the tables of a newer release serve this one too.</param>
internal sealed class PostgresSchema(string name, IReadOnlyList<string> migrations, bool newerServes = false) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile bool _current;

    /// <summary>The schema of the ledgers.</summary>
    public static PostgresSchema Ledger() => new("mend", Migrations(typeof(PostgresSchema).Assembly));

    /// <summary>The migrations that an assembly carries, oldest first: its resources in .sql, by name.</summary>
    public static IReadOnlyList<string> Migrations(Assembly assembly)
    {
        return [.. assembly.GetManifestResourceNames().Where(resource => resource.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

        string Read(string resource)
        {
            using StreamReader reader = new(assembly.GetManifestResourceStream(resource)!);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Makes sure, once, that the schema is one that this program knows.</summary>
    /// <exception cref="LedgerStoreException">The schema is newer and does not serve.</exception>
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

    private async Task MigrateAsync(NpgsqlConnection connection, string location, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable ending = transaction.ConfigureAwait(false);
        await connection.RunAsync("SELECT pg_advisory_xact_lock($1, hashtext($2))", cancellationToken, AdvisoryLock.Schema, name).ConfigureAwait(false);

        // Somebody else may have done it while this waited, a newer release even.
        int found = await VersionAsync(connection, cancellationToken).ConfigureAwait(false);
        Refuse(found, location);
        if (found == 0)
        {
            // IF NOT EXISTS still asks for the right to create, which who starts need not have where the schema was made for it.
            if (!await connection.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)", cancellationToken, name).ConfigureAwait(false))
            {
                await connection.RunAsync($"CREATE SCHEMA {name}", cancellationToken).ConfigureAwait(false);
            }

            await connection.RunAsync($"CREATE TABLE {name}.schema_version AS SELECT 0 AS version", cancellationToken).ConfigureAwait(false);
        }

        foreach (string migration in migrations.Skip(found))
        {
            await connection.RunAsync(migration, cancellationToken).ConfigureAwait(false);
        }

        await connection.RunAsync($"UPDATE {name}.schema_version SET version = $1", cancellationToken, Math.Max(found, migrations.Count)).ConfigureAwait(false);
        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>0 when there is no schema yet. Asked of the catalog's table: to_regclass answers from a cache, out of date after the wait for the lock.</summary>
    private async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await connection.ScalarAsync<bool>(
            "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename = 'schema_version')", cancellationToken, name).ConfigureAwait(false)
            ? await connection.ScalarAsync<int>($"SELECT version FROM {name}.schema_version", cancellationToken).ConfigureAwait(false)
            : 0;

    private void Refuse(int found, string location)
    {
        if (found > migrations.Count && !newerServes)
        {
            throw new LedgerStoreException(location, string.Create(
                CultureInfo.InvariantCulture,
                $"the ledger tables have schema version {found}, this release knows up to {migrations.Count}. Upgrade every process that opens this database."));
        }
    }
}
