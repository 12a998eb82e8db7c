using Npgsql;

namespace Mend.Ledger;

/// <summary>Turns what Npgsql throws into what the ledger throws: a line that says what to do.</summary>
internal static class PostgresFailure
{
    /// <summary>The exception to throw instead.</summary>
    /// <param name="error">What Npgsql threw.</param>
    /// <param name="location">The server and ledger.</param>
    public static Exception Translate(NpgsqlException error, string location) => IsTransient(error)
        ? new LedgerUnavailableException(location, $"{Reason(error)} Nothing was lost: try again; if it lasts, check that the server runs and can be reached.", error)
        : new LedgerStoreException(location, $"{Reason(error)} {Advice(error.SqlState)}", error);

    /// <summary>Whether the statement may have taken effect: anything but the server's own word that it was undone.</summary>
    public static bool IsUnknown(NpgsqlException error) => error is not PostgresException { InvariantSeverity: "ERROR" };

    /// <summary>Whether the same call may succeed a moment later.</summary>
    public static bool IsTransient(NpgsqlException error) => error.IsTransient || error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow } => true,

        // A cancelled statement ran into the command timeout; a read-only server has just lost its role to another.
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.ReadOnlySqlTransaction } => true,
        PostgresException { SqlState: var state } => state.StartsWith("08", StringComparison.Ordinal),
        { InnerException: IOException or TimeoutException or System.Net.Sockets.SocketException } => true,
        _ => false,
    };

    private static string Reason(NpgsqlException error)
    {
        string text = error is PostgresException server
            ? $"the server says '{server.MessageText}' ({server.SqlState})"
            : error.InnerException is { } inner ? $"{error.Message} ({inner.Message})" : error.Message;
        return string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.') + ".";
    }

    private static string Advice(string? state) => state switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => "Check the user, the password and the server's pg_hba.conf.",
        PostgresErrorCodes.InvalidCatalogName => "Create the database (createdb NAME) or name another one.",
        PostgresErrorCodes.InsufficientPrivilege => "Grant the user CREATE on the database, or all rights on schema mend and what is in it.",
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName =>
            "The tables in schema mend were changed by somebody else; restore them from a backup.",
        _ => "See the server's log.",
    };
}
