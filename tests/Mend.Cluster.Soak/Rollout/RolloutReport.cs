using System.Diagnostics;
using System.Globalization;
using System.Text;
using Mend.Cluster.Soak.Load;

namespace Mend.Cluster.Soak.Rollout;

/// <summary>What was done to a cluster under load, and how long nobody was answered.</summary>
/// <param name="Steps">The steps, first to last.</param>
/// <param name="Records">What clients said.</param>
/// <param name="Problems">Promises that were not kept.</param>
internal sealed record RolloutReport(IReadOnlyList<RolloutStep> Steps, IReadOnlyList<CallRecord> Records, IReadOnlyList<string> Problems)
{
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (RolloutStep step in Steps)
        {
            text.AppendLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{step.Name}: took {Stopwatch.GetElapsedTime(step.Started, step.Ended).TotalSeconds:0.0} s; longest pause of reads {Pause(step, r => r is AnswerDone or ScoreDone or LogitsDone):0.0} s, of edits {Pause(step, r => r is EditDone):0.0} s"));
        }

        text.Append(CultureInfo.InvariantCulture, $"{Records.OfType<EditDone>().Count()} edits and {Records.Count(r => r is AnswerDone or ScoreDone or LogitsDone)} reads, {Records.OfType<CallFailed>().Count(f => f.Retryable)} calls failed and said to be sent again. {Problems.Count} problems.");
        Problems.Take(20).ToList().ForEach(problem => text.Append(CultureInfo.InvariantCulture, $"{Environment.NewLine}PROBLEM {problem}"));
        return text.ToString();
    }

    /// <summary>Seconds between two answers that followed each other, at most, within a step.</summary>
    private double Pause(RolloutStep step, Func<CallRecord, bool> counts)
    {
        List<long> ends = [step.Started, .. Records.Where(r => counts(r) && r.Ended > step.Started && r.Ended < step.Settled).Select(r => r.Ended).Order(), step.Settled];
        return ends.Zip(ends.Skip(1), (a, b) => Stopwatch.GetElapsedTime(a, b).TotalSeconds).Max();
    }
}

/// <summary>One step; times are <see cref="Stopwatch"/> ticks.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Started">When it began.</param>
/// <param name="Ended">When all silos were ready again.</param>
/// <param name="Settled">When the next one began.</param>
internal sealed record RolloutStep(string Name, long Started, long Ended, long Settled);
