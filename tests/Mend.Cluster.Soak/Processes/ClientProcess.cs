using System.Globalization;
using Mend.Cluster.Soak.Load;

namespace Mend.Cluster.Soak.Processes;

/// <summary>One <see cref="LoadClient"/>, under another name in each of its lives.</summary>
internal sealed class ClientProcess(Site site, int index, Journal journal) : IAsyncDisposable
{
    private ChildProcess? _process;
    private Task _reading = Task.CompletedTask;
    private int _life;

    public void Start()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"client-{index}.{_life}");
        int seed = HashCode.Combine(site.Options.Seed, index, _life++);
        _process = new ChildProcess(
            typeof(ClientProcess).Assembly.Location,
            [LoadClient.Verb, site.Database, site.Run, name, seed.ToString(CultureInfo.InvariantCulture), (index == 0).ToString()],
            log: Path.Combine(site.Logs, string.Create(CultureInfo.InvariantCulture, $"client-{index}.log")));
        _reading = ReadAsync(_process);
    }

    /// <summary>Kills it; what it had said before counts.</summary>
    public async Task KillAsync()
    {
        await _process!.DisposeAsync();
        await _reading;
    }

    /// <summary>Lets it end its calls; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        _process!.CloseInput();
        await _reading;
        return await _process.EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }
    }

    private async Task ReadAsync(ChildProcess process)
    {
        while (await process.ReadLineAsync() is { } line)
        {
            // The last line of a killed client may be cut short: then its call was never acknowledged.
            if (line.EndsWith('}'))
            {
                journal.Add(CallRecord.FromLine(line));
            }
        }
    }
}
