using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;
using CliWrap;

namespace Mend.Testing;

/// <summary>A program of the repository as a process of its own. Killed with the object.</summary>
/// <remarks>
/// CliWrap's own cancellation is left alone: a kill by it also drops what the process had written and nobody had read yet, and its
/// gentle way is SIGINT, not the SIGTERM that whoever runs a silo sends.
/// </remarks>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int SigTerm = 15;

    /// <summary>The host that runs this very runtime, wherever it is installed and whatever the path says.</summary>
    private static readonly string Host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly StreamWriter _input;
    private readonly TextWriter? _log;
    private readonly Task<int> _end;
    private Process _process = null!;

    /// <param name="program">Path of the program's assembly.</param>
    /// <param name="arguments">Its command line.</param>
    /// <param name="environment">Variables for it.</param>
    /// <param name="log">A file that what it writes is added to; null for none.</param>
    /// <param name="inside">A command that runs the rest of its line as itself, as <c>ip netns exec NAME</c>; null for none.</param>
    public ChildProcess(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? log = null, IReadOnlyList<string>? inside = null)
    {
        string[] command = [.. inside ?? [], Host, "exec", program, .. arguments];
        Pipe input = new();
        _input = new StreamWriter(input.Writer.AsStream()) { AutoFlush = true };
        _log = log is null ? null : new StreamWriter(log, append: true) { AutoFlush = true };
        _end = RunAsync(Cli.Wrap(command[0])
            .WithArguments(command[1..])
            .WithEnvironmentVariables(environment ?? new Dictionary<string, string?>())
            .WithStandardInputPipe(PipeSource.FromStream(input.Reader.AsStream()))
            .WithStandardOutputPipe(PipeTarget.ToDelegate(line => Take(line, null)))
            .WithStandardErrorPipe(PipeTarget.ToDelegate(line => Take(line, _errors)))
            .WithValidation(CommandResultValidation.None));
    }

    /// <summary>What it wrote so far, both streams.</summary>
    public string Output => Read(_output);

    /// <summary>What it wrote to standard error so far.</summary>
    public string Errors => Read(_errors);

    public bool HasEnded => _end.IsCompleted;

    /// <summary>Processor time used so far.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>The next line of standard output; null at its end.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken = default) =>
        await _lines.Reader.WaitToReadAsync(cancellationToken) && _lines.Reader.TryRead(out string? line) ? line : null;

    /// <summary>Reads up to a line with a text in it.</summary>
    public async Task SaysAsync(string part, TimeSpan limit)
    {
        using CancellationTokenSource late = new(limit);
        try
        {
            while (await ReadLineAsync(late.Token) is { } line)
            {
                if (line.Contains(part, StringComparison.Ordinal))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        throw new TimeoutException($"It did not say '{part}' to its end or within {limit.TotalSeconds} s but:\n{Output}");
    }

    public void WriteLine(string line) => _input.WriteLine(line);

    /// <summary>Ends its standard input.</summary>
    public void CloseInput() => _input.Dispose();

    /// <summary>Asks it to end, by SIGTERM.</summary>
    public void Terminate()
    {
        if (Kill(_process.Id, SigTerm) != 0)
        {
            throw new InvalidOperationException($"SIGTERM could not be sent (errno {Marshal.GetLastPInvokeError()}).");
        }
    }

    /// <summary>Ends it without asking, by SIGKILL.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    /// <summary>Waits for its end, with all that it wrote read.</summary>
    /// <param name="limit">How long; null for as long as it takes.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync(TimeSpan? limit = null)
    {
        try
        {
            return await _end.WaitAsync(limit ?? Timeout.InfiniteTimeSpan);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"It did not end within {limit} but said:\n{Output}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _end;
    }

    private async Task<int> RunAsync(Command command)
    {
        try
        {
            return (await command.ExecuteAsync(null, process => _process = process)).ExitCode;
        }
        finally
        {
            _lines.Writer.Complete();
            _log?.Dispose();
        }
    }

    private void Take(string line, StringBuilder? errors)
    {
        lock (_output)
        {
            _output.AppendLine(line);
            errors?.AppendLine(line);
            _log?.WriteLine(line);
        }

        if (errors is null)
        {
            _lines.Writer.TryWrite(line);
        }
    }

    private string Read(StringBuilder from)
    {
        lock (_output)
        {
            return from.ToString();
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
