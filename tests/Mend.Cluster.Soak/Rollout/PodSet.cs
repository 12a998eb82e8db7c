using System.Diagnostics;
using System.Globalization;
using Mend.Cluster.Soak.Processes;

namespace Mend.Cluster.Soak.Rollout;

/// <summary>Silos as a StatefulSet of the chart runs them: named by its plan and their ordinals, at a new address in every life, stopped by SIGTERM with a grace period.</summary>
internal sealed class PodSet(Site site, int shards) : IAsyncDisposable
{
    /// <summary>The chart's silo.drainSeconds, and what its pods have beyond.</summary>
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(60), Beyond = TimeSpan.FromSeconds(15);

    /// <summary>The chart's minReadySeconds.</summary>
    private static readonly TimeSpan MinReady = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan GivesUp = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan ProbePeriod = TimeSpan.FromMilliseconds(100);

    private SiloProcess[] _pods = [];

    /// <summary>What went otherwise than it should.</summary>
    public List<string> Problems { get; } = [];

    /// <summary>Starts all at once, as podManagementPolicy Parallel does.</summary>
    public void Start()
    {
        _pods = [.. Enumerable.Range(0, shards).Select(Pod)];
        Array.ForEach(_pods, p => p.Start());
    }

    /// <summary>Waits until all are ready.</summary>
    public async Task ReadyAsync()
    {
        for (int i = 0; i < _pods.Length; i++)
        {
            await ReadyAsync(_pods[i]);
        }
    }

    /// <summary>Whether any of them says that it serves.</summary>
    public async Task<bool> ServesAsync() => (await Task.WhenAll(_pods.Select(p => p.IsReadyAsync()))).Any(ready => ready);

    /// <summary>Stops all at once, as deleting the set does.</summary>
    public Task StopAsync() => Task.WhenAll(_pods.Select(StopAsync));

    /// <summary>Restarts one after the other, the highest ordinal first, as a rolling update does.</summary>
    public async Task RestartAsync()
    {
        for (int i = _pods.Length - 1; i >= 0; i--)
        {
            await StopAsync(_pods[i]);
            await _pods[i].DisposeAsync();
            _pods[i] = Pod(i);
            _pods[i].Start();
            await ReadyAsync(_pods[i]);
            await Task.Delay(MinReady);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SiloProcess pod in _pods)
        {
            await pod.DisposeAsync();
        }
    }

    private SiloProcess Pod(int ordinal) =>
        new(site, string.Create(CultureInfo.InvariantCulture, $"{site.Run}-silo-{shards}-{ordinal}"), shards, FreePorts.Take(3), limit: Drain);

    private async Task ReadyAsync(SiloProcess pod)
    {
        long started = Stopwatch.GetTimestamp();
        while (!await pod.IsReadyAsync())
        {
            pod.Supervise();
            if (Stopwatch.GetElapsedTime(started) > GivesUp)
            {
                throw new TimeoutException($"A silo of {shards} was not ready within {GivesUp}; see its log (--keep).");
            }

            await Task.Delay(ProbePeriod);
        }
    }

    private async Task StopAsync(SiloProcess pod)
    {
        try
        {
            int code = await pod.StopAsync().WaitAsync(Drain + Beyond);
            if (code != 0)
            {
                Problems.Add($"A silo of {shards} ended with exit code {code}.");
            }
        }
        catch (TimeoutException)
        {
            Problems.Add($"A silo of {shards} did not end within its grace period and was killed.");
            await pod.KillAsync();
        }
    }
}
