using System.Globalization;
using System.Reflection;
using Mend.Ledger;
using Npgsql;

namespace Mend.Cluster;

/// <summary>
/// The tables in PostgreSQL by which silos and clients find each other, in a schema of their own. The silos make them and bring older ones up to
/// date. Step n of the migrations leads from schema version n − 1 to n and is never changed once released.
/// </summary>
public sealed class MembershipDatabase
{
    /// <summary>What Orleans calls the driver.</summary>
    internal const string Invariant = "Npgsql";

    private const string Schema = "mend_membership";

    /// <summary>Key of the advisory lock that lets one silo at a time look after the tables; "member" in ASCII.</summary>
    private const long AdvisoryLock = 0x6d656d626572;

    private MembershipDatabase(string connectionString, string name)
    {
        ConnectionString = connectionString;
        Name = name;
    }

    /// <summary>Server and database, without the password.</summary>
    public string Name { get; }

    /// <summary>What Orleans connects with; unqualified names mean the schema's tables.</summary>
    internal string ConnectionString { get; }

    /// <summary>Reads the address of a database: postgresql://user:password@host:port/database, or Host=…;Username=…;Database=….</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="LedgerStoreException">It cannot be read; the message shows no password.</exception>
    public static MembershipDatabase Parse(string address)
    {
        string text = PostgresLedgerAddress.Parse(address, defaultLedger: "none").ConnectionString;
        NpgsqlConnectionStringBuilder settings = new(text) { SearchPath = Schema };
        return new MembershipDatabase(
            settings.ConnectionString,
            string.Create(CultureInfo.InvariantCulture, $"PostgreSQL at {settings.Host}:{settings.Port}, database '{settings.Database ?? settings.Username}'"));
    }

    /// <summary>Makes sure that the tables are there and as this release knows them, or newer: newer ones serve older silos too.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NpgsqlException">The server cannot be reached, or refuses.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = new(ConnectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({AdvisoryLock})", cancellationToken).ConfigureAwait(false);

        // IF NOT EXISTS still asks for the right to create, which a silo need not have once the schema is there.
        if (!await IsThereAsync(connection, cancellationToken).ConfigureAwait(false))
        {
            await RunAsync(connection, $"CREATE SCHEMA {Schema}", cancellationToken).ConfigureAwait(false);
            await RunAsync(connection, "CREATE TABLE schema_version AS SELECT 0 AS version", cancellationToken).ConfigureAwait(false);
        }

        int found = (int)(await RunAsync(connection, "SELECT version FROM schema_version", cancellationToken).ConfigureAwait(false))!;
        string[] migrations = Migrations();
        foreach (string migration in migrations.Skip(found))
        {
            await RunAsync(connection, migration, cancellationToken).ConfigureAwait(false);
        }

        if (found < migrations.Length)
        {
            await RunAsync(connection, $"UPDATE schema_version SET version = {migrations.Length}", cancellationToken).ConfigureAwait(false);
        }

        await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async Task<bool> IsThereAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        (bool)(await RunAsync(connection, $"SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = '{Schema}')", cancellationToken).ConfigureAwait(false))!;

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = new(sql, connection);

        // Without parameters to prepare, one command can hold a whole migration.
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string[] Migrations()
    {
        Assembly assembly = typeof(MembershipDatabase).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

        string Read(string name)
        {
            using StreamReader reader = new(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }
}
