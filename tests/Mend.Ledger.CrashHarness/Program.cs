using System.Globalization;

namespace Mend.Ledger.CrashHarness;

/// <summary>
/// Kills processes that commit edits, and lets processes race for versions.
/// <code>
/// crash --edits 200 --kills 50 [--seed 1] [--directory DIR]    the crash test; exit code 0 when every promise held
/// measure DIR EDITS                                            times holds, prepares and commits
/// work DIR EDITS LIFE DIE_AT                                   a child of the crash test
/// race DIR WORKER EDITS                                        a child of the race test
/// </code>
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["work", var directory, var edits, var life, var dieAt]:
                await Worker.RunAsync(directory, Number(edits), Number(life), Number(dieAt)).ConfigureAwait(false);
                return 0;
            case ["race", var directory, var worker, var edits]:
                await Racer.RunAsync(directory, worker, Number(edits)).ConfigureAwait(false);
                return 0;
            case ["measure", var directory, var edits]:
                await Measurement.RunAsync(directory, Number(edits)).ConfigureAwait(false);
                return 0;
            case ["crash", .. var options] when options.Length % 2 == 0:
                return await CrashAsync(options).ConfigureAwait(false);
            default:
                await Console.Error.WriteLineAsync("Usage: crash --edits N --kills K [--seed S] [--directory DIR] | measure DIR EDITS").ConfigureAwait(false);
                return 2;
        }
    }

    private static async Task<int> CrashAsync(string[] options)
    {
        Dictionary<string, string> values = options.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        int edits = Number(values.GetValueOrDefault("--edits", "200"));
        int kills = Number(values.GetValueOrDefault("--kills", "50"));
        int seed = Number(values.GetValueOrDefault("--seed", "1"));
        string directory = values.GetValueOrDefault("--directory") ?? Directory.CreateTempSubdirectory("mend-crash-").FullName;
        CrashReport report = await new CrashRun(directory, edits, kills, seed).ExecuteAsync().ConfigureAwait(false);
        Console.WriteLine(report);
        foreach (string problem in report.Problems)
        {
            Console.WriteLine("PROBLEM " + problem);
        }

        if (!values.ContainsKey("--directory"))
        {
            Directory.Delete(directory, recursive: true);
        }

        return report.Problems.Count == 0 ? 0 : 1;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
