using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>A prompt that is looked at before and after an edit.</summary>
/// <param name="Kind">edit, also, rephrase or unrelated.</param>
/// <param name="Prompt">The prompt, as it was given.</param>
/// <param name="Target">The answer whose probability is wanted, or null.</param>
internal sealed record Probe(string Kind, string Prompt, string? Target);

/// <summary>What a model makes of a probe.</summary>
/// <param name="Answer">The greedy answer.</param>
/// <param name="Probability">Probability of the target, or null without one.</param>
/// <param name="IsTarget">Whether the target is what the model would say, or null without one.</param>
internal sealed record ProbeReading(string Answer, double? Probability, bool? IsTarget);

/// <summary>Reads probes off a version or a draft.</summary>
internal static class Probes
{
    private const int AnswerTokens = 8;
    private const int ProbesPerPass = 16;

    public static async Task<IReadOnlyList<ProbeReading>> ReadAsync(
        IEditableModel model, Prompting prompting, IReadOnlyList<Probe> probes, ModelVersion? version, EditDraft? draft, CancellationToken cancellationToken)
    {
        List<AnswerScore?> scores = [];
        foreach (Probe[] some in probes.Chunk(ProbesPerPass))
        {
            Probe[] targeted = [.. some.Where(p => p.Target is not null)];
            Queue<AnswerScore> scored = new(targeted.Length == 0
                ? []
                : await model.ScoreAsync([.. targeted.Select(p => new PromptTarget(prompting.Before(p.Prompt), p.Target!))], version, draft, cancellationToken));
            scores.AddRange(some.Select(p => p.Target is null ? null : scored.Dequeue()));
        }

        List<ProbeReading> readings = [];
        foreach (Probe probe in probes)
        {
            string answer = await AnswerAsync(model, prompting, probe.Prompt, version, draft, cancellationToken);
            AnswerScore? score = scores[readings.Count];
            readings.Add(new ProbeReading(answer, score?.Probability, score?.IsPredicted));
        }

        return readings;
    }

    /// <summary>
    /// Reads probes off a version that is in the ledger now: that is not interrupted, so that nobody misses the version's number, and what
    /// goes wrong is a warning, because the edit was made.
    /// </summary>
    /// <returns>The readings, or null when they could not be taken.</returns>
    public static async Task<IReadOnlyList<ProbeReading>?> ReadCommittedAsync(
        IEditableModel model, Prompting prompting, IReadOnlyList<Probe> probes, ModelVersion version, CliOutput output)
    {
        try
        {
            return await ReadAsync(model, prompting, probes, version, null, CancellationToken.None);
        }
        catch (Exception error)
        {
            output.Warn($"the edit is committed as version {version}, but the answers after it could not be read: {ErrorReport.Explain(error)}");
            return null;
        }
    }

    private static async Task<string> AnswerAsync(
        IEditableModel model, Prompting prompting, string prompt, ModelVersion? version, EditDraft? draft, CancellationToken cancellationToken)
    {
        string text = prompting.Ask(prompt);
        SamplingOptions sampling = new() { MaxNewTokens = ModelOpening.Room(model, text, AnswerTokens) };
        Answer answer = await model.AnswerAsync(new Question(text, version, draft) { Sampling = sampling, Ends = prompting.Ends }, cancellationToken);
        return answer.Text.Trim().Split('\n')[0];
    }
}
