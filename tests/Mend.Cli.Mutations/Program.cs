using System.Globalization;

namespace Mend.Cli.Mutations;

/// <summary>
/// Damages the files that people give to the command, in ways that a seed decides, and runs the command on them. Whatever is wrong with a
/// file, the command ends with a line that names it: never with a fault of its own, never out of memory or time.
/// <code>
/// --count N [--seed S] [--from I] [--kind KIND]       exit code 0 when every promise held
/// </code>
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        string[] known = ["--count", "--seed", "--from", "--kind"];
        Dictionary<string, string> values = args.Length % 2 == 0 ? args.Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]) : [];
        if (values.Count == 0 || values.Keys.Except(known).Any() || (values.GetValueOrDefault("--kind") is { } asked && !Targets.Kinds.Contains(asked)))
        {
            await Console.Error.WriteLineAsync($"Usage: --count N [--seed S] [--from I] [--kind {string.Join('|', Targets.Kinds)}]").ConfigureAwait(false);
            return 2;
        }

        using Workplace workplace = new();
        MutationRun run = new(Targets.Of(workplace, values.GetValueOrDefault("--kind")), Number("--seed", 1));
        SortedDictionary<string, int> ends = new(StringComparer.Ordinal);
        int problems = 0;
        for (int index = Number("--from", 0), end = index + Number("--count", 0); index < end; index++)
        {
            Outcome outcome = await run.RunAsync(index).ConfigureAwait(false);
            string key = $"{outcome.Kind}: exit code {outcome.ExitCode}";
            ends[key] = ends.GetValueOrDefault(key) + 1;
            if (outcome.Problem is not null)
            {
                problems++;
                Console.WriteLine(outcome);
            }

            if (outcome.Hangs)
            {
                break;
            }
        }

        foreach ((string key, int count) in ends)
        {
            Console.WriteLine($"{count,6}  {key}");
        }

        Console.WriteLine($"{problems} problems; at most {Environment.WorkingSet >> 20} MiB of memory held at the end, {run.MostAllocated.Bytes >> 20} MiB allocated by one command, {run.MostAllocated.By}, {run.Longest.TotalSeconds:0.0} s the longest.");
        return problems == 0 ? 0 : 1;

        int Number(string name, int fallback) => values.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
    }
}
