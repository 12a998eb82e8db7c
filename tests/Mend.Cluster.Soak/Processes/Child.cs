using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Mend.Cluster.Soak.Processes;

/// <summary>Starts programs that lie beside this one.</summary>
internal static class Child
{
    /// <summary>The host that runs this very runtime, wherever it is installed and whatever the path says.</summary>
    private static readonly string Host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    /// <summary>Starts a program whose errors, and output where nobody reads it, go to the end of a file. The process id is the program's own.</summary>
    /// <param name="program">Name of its assembly, with extension.</param>
    /// <param name="log">The file.</param>
    /// <param name="readsOutput">Whether the caller reads standard output.</param>
    /// <param name="arguments">Its command line.</param>
    public static Process Start(string program, string log, bool readsOutput, IEnumerable<string> arguments)
    {
        string redirect = readsOutput ? "2>> \"$0\"" : ">> \"$0\" 2>&1";
        ProcessStartInfo start = new("sh", ["-c", $"exec \"$@\" {redirect}", log, Host, "exec", Path.Combine(AppContext.BaseDirectory, program), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = readsOutput,
        };
        return Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
    }
}
