using System.Globalization;
using Mend.Ledger;
using Npgsql;

namespace Mend.Cluster;

/// <summary>
/// The tables in PostgreSQL by which silos and clients find each other, in a schema of their own. The silos make them and bring older ones up to
/// date.
/// </summary>
public sealed class MembershipDatabase
{
    /// <summary>What Orleans calls the driver.</summary>
    internal const string Invariant = "Npgsql";

    private const string Schema = "mend_membership";

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
        using PostgresSchema schema = new(Schema, PostgresSchema.Migrations(typeof(MembershipDatabase).Assembly), newerServes: true);
        await using NpgsqlConnection connection = new(ConnectionString);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        await schema.EnsureAsync(connection, Name, cancellationToken).ConfigureAwait(false);
    }
}
