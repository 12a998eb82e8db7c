using System.Diagnostics;
using System.Globalization;
using CliWrap;
using Mend.Ledger;
using Npgsql;

namespace Mend.Testing;

/// <summary>A PostgreSQL server of the program's own: made in a temporary folder, reached by a Unix socket in it, deleted at the end.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string ReadyLine = "database system is ready to accept connections";

    private string _folder = string.Empty;
    private Task? _server;
    private TaskCompletionSource _ready = NotReady();
    private bool _stopping;
    private int _names;

    /// <summary>Ends when the server accepts connections again after what was done to it last.</summary>
    public Task Ready => _ready.Task;

    private string Data => Path.Combine(_folder, "data");

    public async Task InitializeAsync()
    {
        if (PostgresPrograms.Missing is null)
        {
            _folder = Directory.CreateTempSubdirectory("mend-pg-").FullName;
            await PostgresPrograms.GiveAsync(_folder);
            await PostgresPrograms.RunAsync("initdb", "--no-sync", "--username=mend", "--auth=trust", "--encoding=UTF8", "--no-locale", "-D", Data);
            await StartAsync();
        }
    }

    public async Task DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_server is not null)
        {
            await StopAsync("immediate");
        }

        if (_folder.Length > 0)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>The folder of the server's socket.</summary>
    public string Socket => _folder;

    /// <summary>An address on this server, of a ledger that no other test uses.</summary>
    /// <param name="database">The database.</param>
    /// <param name="host">Where to connect; null for the server itself.</param>
    public PostgresLedgerAddress Address(string database = "postgres", string? host = null) => PostgresLedgerAddress.Parse(AddressText(database, host), "not used");

    /// <summary>The same as text.</summary>
    public string AddressText(string database = "postgres", string? host = null) => string.Create(
        CultureInfo.InvariantCulture,
        $"Host={host ?? _folder};Username=mend;Database={database};Maximum Pool Size=10;Ledger=ledger {Interlocked.Increment(ref _names)}");

    /// <summary>A new, empty database.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"database{Interlocked.Increment(ref _names)}");
        await RunAsync($"CREATE DATABASE {name}");
        return name;
    }

    /// <summary>Runs a statement as the superuser, on a connection of its own.</summary>
    public async Task<object?> RunAsync(string sql, params object[] values)
    {
        await using NpgsqlConnection connection = new(Plain("postgres"));
        return await RunAsync(connection, sql, values);
    }

    /// <summary>The same in another database.</summary>
    public async Task<object?> RunInAsync(string database, string sql)
    {
        await using NpgsqlConnection connection = new(Plain(database));
        return await RunAsync(connection, sql);
    }

    /// <summary>Kills a server process, as by <c>kill -9</c>: the server throws every session out and recovers. <see cref="Ready"/> ends afterwards.</summary>
    public async Task KillBackendAsync()
    {
        await using NpgsqlConnection victim = new(Plain("postgres"));
        await victim.OpenAsync();
        _ready = NotReady();
        using Process backend = Process.GetProcessById(victim.ProcessID);
        backend.Kill();
    }

    /// <summary>Stops the server without a checkpoint, as by a crash.</summary>
    public async Task StopAsync(string mode = "immediate")
    {
        _ready = NotReady();
        _stopping = true;
        await PostgresPrograms.RunAsync("pg_ctl", "stop", "-D", Data, "-m", mode);
        await _server!;
        _server = null;
    }

    /// <summary>Starts a stopped server and waits until it accepts connections.</summary>
    public async Task StartAsync()
    {
        _stopping = false;
        _server = RunAsync(PostgresPrograms.Command(
            "postgres", "-D", Data, "-k", _folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200",
            "-c", "shared_buffers=32MB", "-c", "log_min_error_statement=panic"));
        await Ready;
    }

    private static TaskCompletionSource NotReady() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task<object?> RunAsync(NpgsqlConnection connection, string sql, params object[] values)
    {
        await connection.OpenAsync();
        await using NpgsqlCommand command = new(sql, connection);
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return await command.ExecuteScalarAsync();
    }

    private async Task RunAsync(Command server)
    {
        List<string> lines = [];
        await server.WithValidation(CommandResultValidation.None).WithStandardErrorPipe(PipeTarget.ToDelegate(line =>
        {
            lines.Add(line);
            if (line.Contains(ReadyLine, StringComparison.Ordinal))
            {
                _ready.TrySetResult();
            }
        })).ExecuteAsync();

        if (!_stopping)
        {
            _ready.TrySetException(new InvalidOperationException("The server ended: " + string.Join('\n', lines.TakeLast(20))));
        }
    }

    /// <summary>The address of a database, and of no ledger in it.</summary>
    public string Plain(string database) => $"Host={_folder};Username=mend;Database={database};Pooling=false";
}
