using System.Diagnostics;
using System.Globalization;
using Mend.Cluster.Soak.Load;

namespace Mend.Cluster.Soak.Processes;

/// <summary>One <see cref="LoadClient"/>, under another name in each of its lives.</summary>
internal sealed class ClientProcess(Site site, int index, Journal journal) : IDisposable
{
    private Process? _process;
    private Task _reading = Task.CompletedTask;
    private int _life;

    public void Start()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"client-{index}.{_life}");
        int seed = HashCode.Combine(site.Options.Seed, index, _life++);
        _process?.Dispose();
        _process = Child.Start(
            "Mend.Cluster.Soak.dll",
            Path.Combine(site.Logs, string.Create(CultureInfo.InvariantCulture, $"client-{index}.log")),
            readsOutput: true,
            [LoadClient.Verb, site.Database, site.Run, name, seed.ToString(CultureInfo.InvariantCulture), (index == 0).ToString()]);
        _reading = ReadAsync(_process);
    }

    /// <summary>Kills it; what it had said before counts.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _reading;
        await _process.WaitForExitAsync();
    }

    /// <summary>Lets it end its calls; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        _process!.StandardInput.Close();
        await _reading;
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
        }

        _process?.Dispose();
    }

    private async Task ReadAsync(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            // The last line of a killed client may be cut short: then its call was never acknowledged.
            if (line.EndsWith('}'))
            {
                journal.Add(CallRecord.FromLine(line));
            }
        }
    }
}
