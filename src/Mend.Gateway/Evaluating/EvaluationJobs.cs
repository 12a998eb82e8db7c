using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>
/// Evaluations at work on this gateway, and those that ended here without a result. Results are kept beside the versions, where every gateway finds them.
/// They go on when whoever asked for them is gone. Safe to use from several threads.
/// </summary>
internal sealed class EvaluationJobs(ServedModel served, Evaluations evaluations, GatewayOptions options) : IAsyncDisposable
{
    /// <summary>Evaluations at work at a time: each takes as much of the model as a client that reads without a pause.</summary>
    private const int AtWork = 2;

    /// <summary>Those without a result that are remembered.</summary>
    private const int Remembered = 64;

    private static readonly TimeSpan ComeBack = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<EvaluationJob> _jobs = [];
    private readonly HashSet<Task> _running = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Starts one.</summary>
    /// <exception cref="RequestException">Enough are at work.</exception>
    public EvaluationJob Start(EvaluationOrder order)
    {
        lock (_lock)
        {
            if (_running.Count >= AtWork)
            {
                throw new RequestException(ErrorKinds.TooMany, $"{_running.Count} evaluations are at work, as many as may be; wait for one to end, or cancel one.", retryAfter: ComeBack);
            }

            DateTimeOffset now = options.Time.GetUtcNow();
            EvaluationJob job = new(
                new EvaluationInfo
                {
                    Id = $"eval_{Guid.CreateVersion7(now):n}",
                    Status = EvaluationState.Running,
                    Name = order.Name,
                    Version = order.Version.Number,
                    Model = served.IdOf(order.Version),
                    Records = order.Records.Count,
                    By = order.By,
                    CreatedAt = now,
                },
                _stop.Token);
            _jobs.Add(job);
            Task work = Task.Run(() => WorkAsync(job, order));
            _running.Add(work);
            _ = work.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return job;
        }
    }

    /// <summary>One of this gateway's, or null.</summary>
    public EvaluationJob? Find(string id)
    {
        lock (_lock)
        {
            return _jobs.Find(j => j.Status.Id == id);
        }
    }

    /// <summary>Stops one, if it is at work here.</summary>
    public void Cancel(string id)
    {
        lock (_lock)
        {
            _jobs.Find(j => j.Status.Id == id)?.Cancel();
        }
    }

    /// <summary>How far an evaluation is, whoever made it; null where it is not known here.</summary>
    public async Task<EvaluationInfo?> StatusAsync(string id, CancellationToken cancellationToken) =>
        Find(id)?.Status ?? ((await evaluations.ListAsync(cancellationToken)).FirstOrDefault(e => e.Id == id) is { } kept ? EvaluationInfo.Of(served, kept) : null);

    /// <summary>All that are known here, the newest first.</summary>
    public async Task<IReadOnlyList<EvaluationInfo>> ListAsync(CancellationToken cancellationToken)
    {
        EvaluationInfo[] own;
        lock (_lock)
        {
            own = [.. _jobs.Select(j => j.Status)];
        }

        HashSet<string> ids = [.. own.Select(o => o.Id)];
        IEnumerable<EvaluationInfo> kept = (await evaluations.ListAsync(cancellationToken)).Where(e => !ids.Contains(e.Id)).Select(e => EvaluationInfo.Of(served, e));

        // Ids begin with the time that they were drawn.
        return [.. own.Concat(kept).OrderByDescending(e => e.Id, StringComparer.Ordinal)];
    }

    /// <summary>Stops what is at work.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Task[] running;
        lock (_lock)
        {
            running = [.. _running];
        }

        await Task.WhenAll(running);
        _jobs.ForEach(j => j.Dispose());
        _stop.Dispose();
    }

    private async Task WorkAsync(EvaluationJob job, EvaluationOrder order)
    {
        try
        {
            Evaluation done = await evaluations.RunAsync(job.Status.Id, order, job.Report, job.Cancelled);
            job.Change(status => EvaluationInfo.Of(served, done) with { CreatedAt = status.CreatedAt });
        }
        catch (Exception error)
        {
            Failure failure = Failure.Of(error);
            bool cancelled = job.Cancelled.IsCancellationRequested;
            job.Change(status => status with
            {
                Status = cancelled ? EvaluationState.Cancelled : EvaluationState.Failed,
                EndedAt = options.Time.GetUtcNow(),
                Error = cancelled ? null : ErrorResponses.ProblemOf(failure, null),
            });
        }
    }

    /// <summary>Lets go of those that ended and are kept, and of the oldest of the others.</summary>
    private void Forget(Task work)
    {
        lock (_lock)
        {
            _running.Remove(work);
            EvaluationJob[] over = [.. _jobs.Where(j => j.Status.Status == EvaluationState.Done), .. _jobs.Where(j => j.Status.Status is EvaluationState.Cancelled or EvaluationState.Failed).SkipLast(Remembered)];
            foreach (EvaluationJob job in over)
            {
                _jobs.Remove(job);
                job.Dispose();
            }
        }
    }
}
