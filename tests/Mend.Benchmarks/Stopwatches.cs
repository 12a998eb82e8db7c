using System.Diagnostics;

namespace Mend.Benchmarks;

/// <summary>Timing of alternatives in turns, so that a change of the machine's speed meets all of them.</summary>
internal static class Stopwatches
{
    /// <summary>Median and smallest milliseconds of one call of each action.</summary>
    /// <param name="rounds">How often each is timed.</param>
    /// <param name="actions">The alternatives.</param>
    public static (double Median, double Best)[] Measure(int rounds, params Action[] actions)
    {
        double[][] times = [.. actions.Select(_ => new double[rounds])];
        int[] repeats = [.. actions.Select(Repeats)];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < actions.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                for (int r = 0; r < repeats[i]; r++)
                {
                    actions[i]();
                }

                times[i][round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds / repeats[i];
            }
        }

        return [.. times.Select(Summary)];
    }

    /// <summary>Warms an action up, and finds how often it must run to take some milliseconds.</summary>
    private static int Repeats(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        int count = 0;
        do
        {
            action();
            count++;
        }
        while (Stopwatch.GetElapsedTime(start).TotalMilliseconds < 50);

        return Math.Max(1, count / 5);
    }

    private static (double Median, double Best) Summary(double[] times)
    {
        Array.Sort(times);
        return (times[times.Length / 2], times[0]);
    }
}
