using System.Globalization;

namespace Mend.Ledger.CrashHarness;

/// <summary>
/// Kills processes that commit edits, and lets processes race for versions.
/// <code>
/// crash --edits 200 --kills 50 [--seed 1] [--ledger PLACE]    the crash test; exit code 0 when every promise held
/// measure PLACE EDITS                                         times holds, prepares and commits
/// work PLACE EDITS LIFE DIE_AT                                a child of the crash test
/// race PLACE WORKER EDITS                                     a child of the race test
/// </code>
/// PLACE is an empty folder or an address of an empty ledger in PostgreSQL; without one the crash test makes and removes a folder.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        switch (args)
        {
            case ["work", var place, var edits, var life, var dieAt]:
                await Worker.RunAsync(place, Number(edits), Number(life), Number(dieAt)).ConfigureAwait(false);
                return 0;
            case ["race", var place, var worker, var edits]:
                await Racer.RunAsync(place, worker, Number(edits)).ConfigureAwait(false);
                return 0;
            case ["measure", var place, var edits]:
                await Measurement.RunAsync(place, Number(edits)).ConfigureAwait(false);
                return 0;
            case ["crash", .. var options] when options.Length % 2 == 0:
                return await CrashAsync(options).ConfigureAwait(false);
            default:
                await Console.Error.WriteLineAsync("Usage: crash --edits N --kills K [--seed S] [--ledger PLACE] | measure PLACE EDITS").ConfigureAwait(false);
                return 2;
        }
    }

    /// <summary>This program, started again as a child.</summary>
    public static ChildProcess Start(params string[] arguments) => new(typeof(Program).Assembly.Location, arguments);

    private static async Task<int> CrashAsync(string[] options)
    {
        Dictionary<string, string> values = options.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
        int edits = Number(values.GetValueOrDefault("--edits", "200"));
        int kills = Number(values.GetValueOrDefault("--kills", "50"));
        int seed = Number(values.GetValueOrDefault("--seed", "1"));
        string place = values.GetValueOrDefault("--ledger") ?? Directory.CreateTempSubdirectory("mend-crash-").FullName;
        CrashReport report = await new CrashRun(place, edits, kills, seed).ExecuteAsync().ConfigureAwait(false);
        Console.WriteLine(report);
        foreach (string problem in report.Problems)
        {
            Console.WriteLine("PROBLEM " + problem);
        }

        if (!values.ContainsKey("--ledger"))
        {
            Directory.Delete(place, recursive: true);
        }

        return report.Problems.Count == 0 ? 0 : 1;
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
