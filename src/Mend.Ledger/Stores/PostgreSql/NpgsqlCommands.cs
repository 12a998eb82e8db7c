using System.Runtime.CompilerServices;
using Npgsql;

namespace Mend.Ledger;

/// <summary>One-line commands with positional parameters.</summary>
internal static class NpgsqlCommands
{
    /// <summary>A command with the parameters $1, $2 and so on.</summary>
    public static NpgsqlCommand Command(this NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        NpgsqlCommand command = new(sql, connection);
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }

    /// <summary>Runs a command and returns the number of rows it changed.</summary>
    public static async Task<int> RunAsync(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        NpgsqlCommand command = connection.Command(sql, values);
        await using ConfiguredAsyncDisposable ending = command.ConfigureAwait(false);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The first column of the first row; <c>default</c> when there is no row.</summary>
    public static async Task<T?> ScalarAsync<T>(this NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        NpgsqlCommand command = connection.Command(sql, values);
        await using ConfiguredAsyncDisposable ending = command.ConfigureAwait(false);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is { } value ? (T)value : default;
    }

    /// <summary>All rows, each read by <paramref name="read"/>.</summary>
    public static async Task<List<T>> RowsAsync<T>(
        this NpgsqlConnection connection, string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
    {
        NpgsqlCommand command = connection.Command(sql, values);
        await using ConfiguredAsyncDisposable ending = command.ConfigureAwait(false);
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable closing = reader.ConfigureAwait(false);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
