using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mend.Ledger.CrashHarness;

/// <summary>This program, started again as a child.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    public ChildProcess(params string[] arguments)
    {
        // The host that runs this very runtime, wherever it is installed and whatever the path says.
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        ProcessStartInfo start = new(dotnet, ["exec", typeof(ChildProcess).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start) ?? throw new InvalidOperationException("The child did not start.");
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public Task<string?> ReadLineAsync() => _process.StandardOutput.ReadLineAsync();

    public void WriteLine(string line) => _process.StandardInput.WriteLine(line);

    public void Kill() => _process.Kill();

    /// <summary>Waits for the end; what the child wrote to standard error, empty for a killed one.</summary>
    public async Task<string> EndAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        return await _errors.ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
