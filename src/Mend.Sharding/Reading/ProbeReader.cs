using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>A prompt that is looked at before and after an edit.</summary>
/// <param name="Asked">The text that the model goes on with.</param>
/// <param name="Taught">The text that the target is put behind to be scored: the same, but for chats.</param>
/// <param name="Target">The answer whose probability is wanted, or null.</param>
public sealed record ProbePrompt(string Asked, string Taught, string? Target);

/// <summary>What a model makes of a probe.</summary>
/// <param name="Answer">The first line of the greedy answer.</param>
/// <param name="Probability">Probability of the target, or null without one.</param>
/// <param name="IsTarget">Whether the target is what the model would say, or null without one.</param>
public sealed record ProbeReading(string Answer, double? Probability, bool? IsTarget);

/// <summary>Reads probes off a version or a draft.</summary>
public static class ProbeReader
{
    private const int AnswerTokens = 8;
    private const int ProbesPerPass = 16;

    /// <summary>Reads them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="probes">The probes.</param>
    /// <param name="ends">Tokens that end an answer beside those that always do.</param>
    /// <param name="version">The version to read; null for the head.</param>
    /// <param name="draft">A draft laid over the version it was computed on, or null.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    public static async Task<IReadOnlyList<ProbeReading>> ReadAsync(
        IEditableModel model, IReadOnlyList<ProbePrompt> probes, IReadOnlySet<int> ends, ModelVersion? version, EditDraft? draft, CancellationToken cancellationToken)
    {
        IReadOnlyList<AnswerScore?> scores = await ScoreAsync(model, probes, version, draft, cancellationToken).ConfigureAwait(false);
        List<ProbeReading> readings = [];
        foreach (ProbePrompt probe in probes)
        {
            Question question = new(probe.Asked, version, draft) { Sampling = new SamplingOptions { MaxNewTokens = AnswerTokens }, Ends = ends };
            Answer answer = await model.AnswerAsync(question, cancellationToken).ConfigureAwait(false);
            AnswerScore? score = scores[readings.Count];
            readings.Add(new ProbeReading(answer.Text.Trim().Split('\n')[0], score?.Probability, score?.IsPredicted));
        }

        return readings;
    }

    /// <summary>How likely their targets are; null for a probe without one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="probes">The probes.</param>
    /// <param name="version">The version to read; null for the head.</param>
    /// <param name="draft">A draft laid over the version it was computed on, or null.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    public static async Task<IReadOnlyList<AnswerScore?>> ScoreAsync(
        IEditableModel model, IReadOnlyList<ProbePrompt> probes, ModelVersion? version, EditDraft? draft, CancellationToken cancellationToken)
    {
        Queue<AnswerScore> scored = [];
        foreach (ProbePrompt[] some in probes.Where(p => p.Target is not null).Chunk(ProbesPerPass))
        {
            PromptTarget[] targets = [.. some.Select(p => new PromptTarget(p.Taught, p.Target!))];
            foreach (AnswerScore score in await model.ScoreAsync(targets, version, draft, cancellationToken).ConfigureAwait(false))
            {
                scored.Enqueue(score);
            }
        }

        return [.. probes.Select(p => p.Target is null ? null : scored.Dequeue())];
    }
}
