using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>A place where a process runs, crashes and is started again.</summary>
/// <param name="scheduler">The schedule.</param>
/// <param name="name">For the trace.</param>
/// <param name="boot">Makes what the process serves.</param>
/// <param name="observer">Told of failures to start, after which it is tried again.</param>
internal sealed class Machine(Scheduler scheduler, string name, Func<Process, Task<object>> boot, Observer observer)
{
    private int _lives;

    public string Name => name;

    /// <summary>The process; null while the machine is down.</summary>
    public Process? Process { get; private set; }

    public void Start()
    {
        Process = new Process(scheduler, $"{name}.{++_lives}");
        scheduler.Log($"{Process.Name} starts");
        _ = BootAsync(Process);
    }

    public void Crash()
    {
        scheduler.Log($"{Process!.Name} crashes");
        Process.End();
        Process = null;
    }

    public T Service<T>() => Process?.Service is T service ? service : throw new RetryableException($"{name} is starting.");

    private async Task BootAsync(Process process)
    {
        while (process.Service is null)
        {
            try
            {
                process.Service = await boot(process);
            }
            catch (Exception error)
            {
                observer.Saw(error);
                await process.WaitAsync(TimeSpan.FromSeconds(0.3));
            }
        }
    }
}
