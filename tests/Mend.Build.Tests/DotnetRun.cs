using System.Collections;
using System.Diagnostics;

namespace Mend.Build.Tests;

/// <summary>What one <c>dotnet</c> command said, standard output and error together, and how it ended.</summary>
internal sealed record DotnetRun(int ExitCode, string Output)
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(3);

    /// <summary>Runs <c>dotnet</c> in <paramref name="folder"/> as a shell of its own would: nothing of the test run around it is passed on.</summary>
    /// <param name="folder">The working directory.</param>
    /// <param name="packages">The NuGet packages folder to restore into.</param>
    /// <param name="arguments">The command line after <c>dotnet</c>.</param>
    /// <exception cref="TimeoutException">The command did not end in time; it was killed.</exception>
    public static async Task<DotnetRun> StartAsync(string folder, string packages, params string[] arguments)
    {
        // One node: to start a second would cost more than these few projects take.
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [.. arguments, "-maxCpuCount:1"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            var name = (string)variable.Key;
            if (name is "CI" || name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)
                || name.StartsWith("Mend", StringComparison.OrdinalIgnoreCase) || name.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(name);
            }
        }
        start.Environment["NUGET_PACKAGES"] = packages;
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        // A build node that outlived the command would hold on to the folder, and to our pipes.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["RunAnalyzers"] = "false";

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeLimit);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
            return new DotnetRun(process.ExitCode, await output + await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'dotnet {string.Join(' ', arguments)}' in '{folder}' did not end within {TimeLimit}.");
        }
    }

    /// <summary>The distinct lines that carry a warning or error of this code. MSBuild prints each again in its summary.</summary>
    public string[] Reports(string code) =>
        [.. Output.Split('\n').Where(line => line.Contains($" {code}: ", StringComparison.Ordinal)).Select(line => line.Trim()).Distinct()];
}
