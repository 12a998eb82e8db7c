using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>
/// Edits at work and those that ended lately. Edits go on when whoever asked for them is gone; an idempotency key always gives the same id, so what
/// a gateway does not remember any more, or another one did, is found in the ledger. Safe to use from several threads.
/// </summary>
internal sealed class EditJobs(ServedModel served, Canary trials, GatewayOptions options) : IAsyncDisposable
{
    /// <summary>Edits that ended and are remembered.</summary>
    private const int Remembered = 1024;

    private static readonly TimeSpan ComeBack = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, EditJob> _jobs = [];
    private readonly Queue<(string Id, EditJob Job)> _ended = [];
    private readonly HashSet<Task> _running = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Starts edits, unless the same are at work or committed under the key already.</summary>
    /// <param name="key">The request's key.</param>
    /// <param name="items">The edits as they were given.</param>
    /// <param name="requests">The edits as the model gets them, without keys.</param>
    /// <param name="canary">The share of requests that the version is tried on; null for a version that all read.</param>
    /// <returns>The edits at work, and whether they were started now.</returns>
    /// <exception cref="RequestException">The key belongs to other edits that are at work, or too many are.</exception>
    public (EditJob Job, bool IsNew) Start(string key, IReadOnlyList<EditItem> items, IReadOnlyList<EditRequest> requests, double? canary)
    {
        string id = IdOf(key), request = JsonSerializer.Serialize(new { requests, canary }, Json.Options);
        lock (_lock)
        {
            if (_jobs.TryGetValue(id, out EditJob? known) && known.Status.Status is EditState.Running or EditState.Committed)
            {
                return known.Request == request || known.Status.Status == EditState.Committed && IsSame(items, known.Status.Edits)
                    ? (known, false)
                    : throw new RequestException(
                        ErrorKinds.KeyConflict, $"The idempotency key belongs to other edits (/v1/edits/{id}); send the same request again, or use a new key.", "Idempotency-Key");
            }

            ThrowIfFull();
            EditJob job = new(new EditStatus { Id = id, Status = EditState.Running, Edits = items, CreatedAt = options.Time.GetUtcNow() }, request);
            _jobs[id] = job;
            Watch(Task.Run(() => WorkAsync(id, job, [.. requests.Select((r, i) => r with { IdempotencyKey = requests.Count == 1 ? key : $"{key}/{i}" })], key, canary)));
            return (job, true);
        }
    }

    /// <summary>Does work that goes on when whoever asked for it is gone, and is stopped with the server.</summary>
    /// <param name="work">The work.</param>
    /// <param name="gone">Stops waiting for it.</param>
    /// <exception cref="RequestException">Too much is at work.</exception>
    public Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken gone)
    {
        lock (_lock)
        {
            ThrowIfFull();
            Task<T> begun = Task.Run(() => work(_stop.Token), CancellationToken.None);
            Watch(begun);
            return begun.WaitAsync(gone);
        }
    }

    /// <summary>Edits at work and those that ended lately, the newest first.</summary>
    public IReadOnlyList<EditStatus> List()
    {
        lock (_lock)
        {
            return [.. _jobs.Values.Select(j => j.Status).OrderByDescending(s => s.CreatedAt)];
        }
    }

    /// <summary>Edits by their id, or null.</summary>
    public EditJob? Find(string id)
    {
        lock (_lock)
        {
            return _jobs.GetValueOrDefault(id);
        }
    }

    /// <summary>Committed edits by their id, from the ledger; null when it has none.</summary>
    public async Task<EditStatus?> FindCommittedAsync(string id, CancellationToken cancellationToken)
    {
        foreach (LedgerEntry entry in (await served.Model.LogAsync(cancellationToken)).Reverse())
        {
            CommittedEdit[] edits = [.. entry.Edits.Where(e => e.IdempotencyKey is { } key && (IdOf(key) == id || (key.LastIndexOf('/') is > 0 and var at && IdOf(key[..at]) == id)))];
            if (edits.Length > 0)
            {
                return new EditStatus
                {
                    Id = id,
                    Status = EditState.Committed,
                    Version = entry.Version.Number,
                    Model = served.IdOf(entry.Version),
                    Edits = [.. edits.Select(e => new EditItem { Prompt = e.Prompt, Target = e.Target })],
                    CreatedAt = entry.Time,
                    EndedAt = entry.Time,
                };
            }
        }

        return null;
    }

    /// <summary>Stops what is not committed yet.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private void ThrowIfFull()
    {
        if (_running.Count >= options.Limits.Waiting)
        {
            throw new RequestException(ErrorKinds.TooMany, $"{_running.Count} requests for edits are at work; come back in a few seconds.", retryAfter: ComeBack);
        }
    }

    private void Watch(Task work)
    {
        _running.Add(work);
        _ = work.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private static string IdOf(string key) => $"edit_{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32]}";

    private static bool IsSame(IReadOnlyList<EditItem> one, IReadOnlyList<EditItem> other) =>
        one.Select(e => (e.Prompt, e.Target)).SequenceEqual(other.Select(e => (e.Prompt, e.Target)));

    private async Task WorkAsync(string id, EditJob job, IReadOnlyList<EditRequest> requests, string key, double? canary)
    {
        try
        {
            EditOutcome outcome = canary is { } share
                ? await trials.EditAsync(requests, key, share, requests[0].Origin?.Author, job, _stop.Token)
                : await served.Model.EditAsync(requests, job, _stop.Token);
            job.End(
                status => status with
                {
                    Status = EditState.Committed,
                    Version = outcome.Version.Number,
                    Model = served.IdOf(outcome.Version),
                    AlreadyCommitted = outcome.AlreadyCommitted,
                    Rejected = outcome.Rejected,
                    EndedAt = options.Time.GetUtcNow(),
                },
                outcome.Stages,
                null);
        }
        catch (Exception error)
        {
            Failure failure = Failure.Of(error);
            job.End(
                status => status with
                {
                    Status = failure.Kind == ErrorKinds.EditRejected ? EditState.Rejected : EditState.Failed,
                    EndedAt = options.Time.GetUtcNow(),
                    Error = ErrorResponses.ProblemOf(failure, null),
                },
                null,
                failure);
        }
        finally
        {
            Remember(id, job);
        }
    }

    /// <summary>Keeps the newest of those that ended; one that was started again under its key stays.</summary>
    private void Remember(string id, EditJob job)
    {
        lock (_lock)
        {
            _ended.Enqueue((id, job));
            while (_ended.Count > Remembered && _ended.TryDequeue(out (string Id, EditJob Job) oldest))
            {
                if (_jobs.GetValueOrDefault(oldest.Id) == oldest.Job)
                {
                    _jobs.Remove(oldest.Id);
                }
            }
        }
    }

    /// <summary>What went wrong was told to whoever waited; where nobody did, it is for nobody.</summary>
    private void Forget(Task work)
    {
        _ = work.Exception;
        lock (_lock)
        {
            _running.Remove(work);
        }
    }
}
