using System.Collections.Concurrent;
using System.Data;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Mend.Ledger;

// A hold is a row that names its owner; an owner is alive while a session holds the advisory lock of its number, which the server
// sees to: the session ends with the process. A session lost on the way is replaced at the next call, under a new number.
public sealed partial class PostgresLedgerStore
{
    private readonly SemaphoreSlim _ownerGate = new(1, 1);
    private readonly ConcurrentDictionary<long, bool> _released = [];
    private Owner? _owner;
    private long _lastHold;

    /// <summary>The server process of the session that keeps the holds alive, for tests that end it; null before the first hold.</summary>
    internal int? OwnerProcess => _owner?.Connection.ProcessID;

    /// <inheritdoc/>
    public async ValueTask<IAsyncDisposable> HoldAsync(EditId edit, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        long number = Interlocked.Increment(ref _lastHold);
        await UseOwnerAsync(
            async owner =>
            {
                try
                {
                    Step("hold:insert");
                    await owner.Connection.RunAsync(
                        "INSERT INTO mend.hold (ledger, edit, owner, number) SELECT $1, $2, $3, $4 FROM pg_advisory_xact_lock_shared($5, hashtext($1))",
                        cancellationToken,
                        _ledger,
                        edit.Value,
                        owner.Number,
                        number,
                        AdvisoryLock.Removal).ConfigureAwait(false);
                    Step("hold:done");
                }
                catch (Exception error) when (error is NpgsqlException or OperationCanceledException)
                {
                    // It may be there all the same; nobody will dispose of it.
                    _released.TryAdd(number, true);
                    throw;
                }
            },
            cancellationToken).ConfigureAwait(false);
        return new Hold(this, number);
    }

    /// <summary>What a killed process leaves: its holds, and a session that whoever kills it ends.</summary>
    internal async Task SimulateCrashAsync()
    {
        _disposed = true;
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    private async Task UseOwnerAsync(Func<Owner, Task> work, CancellationToken cancellationToken)
    {
        await _ownerGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_owner is null || _owner.IsLost)
            {
                _owner = await NewOwnerAsync(_owner, cancellationToken).ConfigureAwait(false);
            }

            await work(_owner).ConfigureAwait(false);
        }
        catch (NpgsqlException error)
        {
            throw PostgresFailure.Translate(error, _location);
        }
        catch (InvalidOperationException error) when (_owner is { IsLost: true })
        {
            throw new LedgerUnavailableException(_location, "the session broke just now. Try again.", error);
        }
        finally
        {
            _ownerGate.Release();
        }
    }

    private async Task<Owner> NewOwnerAsync(Owner? lost, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await ConnectAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Step("owner:lock");
            int number = await connection.ScalarAsync<int>("SELECT nextval('mend.owner')::integer", cancellationToken).ConfigureAwait(false);
            await connection.RunAsync("SELECT pg_advisory_lock($1, $2)", cancellationToken, AdvisoryLock.Owner, number).ConfigureAwait(false);
            if (lost is not null)
            {
                await connection.RunAsync("UPDATE mend.hold SET owner = $1 WHERE owner = $2", cancellationToken, number, lost.Number).ConfigureAwait(false);
                await lost.Connection.DisposeAsync().ConfigureAwait(false);
            }

            return new Owner(number, connection);
        }
        catch
        {
            // Not back to the pool: the lock may be taken.
            await EndAsync(connection).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes the holds over to a new session where the old one broke: who prepares is working on its edits.</summary>
    private async ValueTask RepairOwnerAsync(CancellationToken cancellationToken)
    {
        if (!_disposed && _owner is { IsLost: true })
        {
            await UseOwnerAsync(_ => Task.CompletedTask, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Never fails: what it cannot take back now goes with a later hold's release, or with the process.</summary>
    private async Task ReleaseAsync(long number)
    {
        _released.TryAdd(number, true);
        try
        {
            await UseOwnerAsync(
                async owner =>
                {
                    long[] numbers = [.. _released.Keys];
                    await owner.Connection.RunAsync(
                        "DELETE FROM mend.hold WHERE owner = $1 AND number = ANY ($2)", CancellationToken.None, owner.Number, numbers).ConfigureAwait(false);
                    foreach (long gone in numbers)
                    {
                        _released.TryRemove(gone, out bool _);
                    }
                },
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (LedgerException)
        {
            // The edit's outcome is known by now; not being able to say so would turn success into failure.
        }
    }

    private async Task ReleaseOwnerAsync()
    {
        await _ownerGate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_owner is { } owner)
            {
                _owner = null;
                if (!owner.IsLost)
                {
                    await owner.Connection.RunAsync("DELETE FROM mend.hold WHERE owner = $1", CancellationToken.None, owner.Number).ConfigureAwait(false);
                }

                await EndAsync(owner.Connection).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException)
        {
            // The session is gone, and with it the lock: the holds are those of a dead owner now.
        }
        finally
        {
            _ownerGate.Release();
        }
    }

    /// <summary>Gives a session back without its locks.</summary>
    private static async Task EndAsync(NpgsqlConnection connection)
    {
        await using ConfiguredAsyncDisposable closing = connection.ConfigureAwait(false);
        try
        {
            if (connection.State == ConnectionState.Open)
            {
                await connection.RunAsync("SELECT pg_advisory_unlock_all()", CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (NpgsqlException)
        {
            // Then the session has ended, and its locks with it.
        }
    }

    private sealed record Owner(int Number, NpgsqlConnection Connection)
    {
        public bool IsLost => Connection.State != ConnectionState.Open;
    }

    private sealed class Hold(PostgresLedgerStore store, long number) : IAsyncDisposable
    {
        private int _released;

        public async ValueTask DisposeAsync()
        {
            // A store that was disposed of has released everything; one whose crash is simulated must release nothing.
            if (!store._disposed && Interlocked.Exchange(ref _released, 1) == 0)
            {
                await store.ReleaseAsync(number).ConfigureAwait(false);
            }
        }
    }
}
