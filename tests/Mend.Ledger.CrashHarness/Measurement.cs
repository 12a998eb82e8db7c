using System.Diagnostics;
using System.Globalization;
using Mend.Editing;

namespace Mend.Ledger.CrashHarness;

/// <summary>Times the steps of an edit, with factors of a realistic size: 2 shards, 3 layers each, rank 24, [3072, 768].</summary>
internal static class Measurement
{
    private const int Rank = 24;
    private const int Inputs = 768;
    private const int Outputs = 3072;

    public static async Task RunAsync(string place, int edits)
    {
        await using EditLedger ledger = await EditLedger.OpenAsync(Place.Open(place), Script.BaseModel).ConfigureAwait(false);
        List<double> prepares = [];
        List<double> commits = [];
        for (int edit = 0; edit < edits; edit++)
        {
            EditId id = new($"m{edit}-{Environment.ProcessId}");
            List<FactorReference> factors = [];
            ModelVersion head = await ledger.HeadAsync().ConfigureAwait(false);
            long start = Stopwatch.GetTimestamp();
            for (int shard = 0; shard < Script.Shards; shard++)
            {
                factors.AddRange(await ledger.PrepareAsync(id, shard, Layers(shard, edit)).ConfigureAwait(false));
            }

            prepares.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            start = Stopwatch.GetTimestamp();
            CommittedEdit committed = new() { Id = id, Prompt = Script.Prompt(edit), Target = Script.Target(edit), Factors = factors };
            await ledger.CommitAsync(head, [committed]).ConfigureAwait(false);
            commits.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Print("prepare, both shards", prepares);
        Print("commit", commits);
        long opening = Stopwatch.GetTimestamp();
        await using EditLedger again = await EditLedger.OpenAsync(Place.Open(place), Script.BaseModel).ConfigureAwait(false);
        ModelVersion last = await again.HeadAsync().ConfigureAwait(false);
        double milliseconds = Stopwatch.GetElapsedTime(opening).TotalMilliseconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"open {last} versions: {milliseconds:0.0} ms"));
    }

    private static List<EditFactors> Layers(int shard, int edit)
    {
        float[] u = new float[Rank * Inputs];
        float[] delta = new float[Rank * Outputs];
        Array.Fill(u, edit);
        return [.. Enumerable.Range(0, 3).Select(layer => new EditFactors($"h.{(3 * shard) + layer}.mlp", Rank, Inputs, Outputs, u, delta, -0.01f))];
    }

    private static void Print(string what, List<double> milliseconds)
    {
        milliseconds.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{what}: median {milliseconds[milliseconds.Count / 2]:0.0} ms, p95 {milliseconds[milliseconds.Count * 95 / 100]:0.0} ms"));
    }
}
