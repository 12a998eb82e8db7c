using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Mend.Silo.Tests;

/// <summary>A program of the repository as a process of its own. Ends with the object.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int SigTerm = 15;

    /// <summary>
    /// Where the programs were built, by name. Not beside the tests: those have the ASP.NET framework, so what it holds is not copied there, and
    /// a program without that framework would look for it in vain.
    /// </summary>
    private static readonly Dictionary<string, string> Programs = typeof(ChildProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(m => m.Value is not null).ToDictionary(m => m.Key, m => m.Value!, StringComparer.Ordinal);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Lock _lock = new();
    private readonly List<(string Part, TaskCompletionSource Found)> _awaited = [];
    private readonly Task _reading;

    /// <param name="program">The program: mend or mend-silo.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Variables for it.</param>
    public ChildProcess(string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string?>>? environment = null)
    {
        // The host that runs this very runtime, wherever it is installed and whatever the path says.
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        ProcessStartInfo start = new(dotnet, [Programs[program], .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string? value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        _reading = Task.WhenAll(ReadAsync(_process.StandardOutput), ReadAsync(_process.StandardError));
    }

    /// <summary>What it wrote so far, both streams.</summary>
    public string Output => string.Join('\n', _lines);

    /// <summary>Waits for a line with a text in it; it may have been written already.</summary>
    public async Task SaysAsync(string part, TimeSpan limit)
    {
        TaskCompletionSource found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_lines.Any(line => line.Contains(part, StringComparison.Ordinal)))
            {
                return;
            }

            _awaited.Add((part, found));
        }

        Task first = await Task.WhenAny(found.Task, _reading, Task.Delay(limit));
        Assert.True(first == found.Task, $"It did not say '{part}' within {limit.TotalSeconds} s but:\n{Output}");
    }

    /// <summary>Asks it to end.</summary>
    public void Terminate() => Assert.Equal(0, Kill(_process.Id, SigTerm));

    /// <summary>Ends it without asking.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync(TimeSpan limit)
    {
        using CancellationTokenSource late = new(limit);
        try
        {
            await _process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"It did not end within {limit.TotalSeconds} s but said:\n{Output}");
        }

        await _reading;
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader stream)
    {
        while (await stream.ReadLineAsync() is { } line)
        {
            lock (_lock)
            {
                _lines.Enqueue(line);
                foreach ((_, TaskCompletionSource found) in _awaited.Where(a => line.Contains(a.Part, StringComparison.Ordinal)))
                {
                    found.TrySetResult();
                }
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
