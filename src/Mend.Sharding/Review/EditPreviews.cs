using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>What edits would do, without committing them.</summary>
public static class EditPreviews
{
    /// <summary>Looks at edits on top of the head.</summary>
    /// <param name="model">The model.</param>
    /// <param name="requests">The edits.</param>
    /// <param name="questions">The prompts to look at.</param>
    /// <param name="ends">Tokens that end an answer beside those that always do.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    public static async Task<EditPreview> LookAsync(
        IEditableModel model, IReadOnlyList<EditRequest> requests, IReadOnlyList<PreviewQuestion> questions, IReadOnlySet<int> ends, CancellationToken cancellationToken)
    {
        EditDraft draft = await model.PreviewAsync(requests, guarded: true, cancellationToken).ConfigureAwait(false);
        ProbePrompt[] probes = [.. questions.Select(q => q.Probe)];
        IReadOnlyList<ProbeReading> before = await ProbeReader.ReadAsync(model, probes, ends, draft.ReadVersion, null, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ProbeReading> after = await ProbeReader.ReadAsync(model, probes, ends, null, draft, cancellationToken).ConfigureAwait(false);
        return new EditPreview(
            draft.ReadVersion.Number,
            [.. questions.Select((q, i) => new PreviewRow(q.Kind, q.Prompt, q.Probe.Target, before[i], after[i]))],
            await EarlierAsync(model, draft, [.. requests.Select(r => r.Prompt)], cancellationToken).ConfigureAwait(false),
            [.. draft.Stages.Select(StageTime.Of)])
        {
            Guard = draft.Guard,
        };
    }

    /// <summary>What becomes of the answers of earlier edits that are in effect, as many as the guard looks at.</summary>
    private static async Task<EarlierEdits> EarlierAsync(IEditableModel model, EditDraft draft, HashSet<string> edited, CancellationToken cancellationToken)
    {
        IReadOnlyList<LedgerEntry> log = [.. (await model.LogAsync(cancellationToken).ConfigureAwait(false)).Where(e => e.Version <= draft.ReadVersion)];
        IReadOnlyDictionary<ModelVersion, ModelVersion> reverted = LedgerLog.Reverted(log);
        CommittedEdit[] live = [.. log.Where(e => !reverted.ContainsKey(e.Version)).SelectMany(e => e.Edits).Where(e => e.Consolidates is null && !edited.Contains(e.Prompt)).GroupBy(e => e.Prompt).Select(g => g.Last())];
        ProbePrompt[] some = [.. EditGuard.Spread(live).Select(e => new ProbePrompt(e.Prompt, e.Prompt, e.Target))];
        IReadOnlyList<AnswerScore?> before = await ProbeReader.ScoreAsync(model, some, draft.ReadVersion, null, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<AnswerScore?> after = await ProbeReader.ScoreAsync(model, some, null, draft, cancellationToken).ConfigureAwait(false);
        return new EarlierEdits(
            some.Length,
            [.. some.Select((p, i) => new ChangedEdit(p.Asked, p.Target!, before[i]!.Probability, after[i]!.Probability)).Where((_, i) => before[i]!.IsPredicted && !after[i]!.IsPredicted)]);
    }
}

/// <summary>A prompt that a preview looks at.</summary>
/// <param name="Kind">edit, rephrase or locality.</param>
/// <param name="Prompt">The prompt as a person gave it.</param>
/// <param name="Probe">The same as the model gets it.</param>
public sealed record PreviewQuestion(string Kind, string Prompt, ProbePrompt Probe);

/// <summary>What edits would do.</summary>
/// <param name="Version">The version that they would follow.</param>
/// <param name="Prompts">The edits' prompts, their rephrases and the prompts to look at, before and after.</param>
/// <param name="Earlier">What becomes of the answers of earlier edits.</param>
/// <param name="Stages">Time by stage.</param>
public sealed record EditPreview(long Version, IReadOnlyList<PreviewRow> Prompts, EarlierEdits Earlier, IReadOnlyList<StageTime> Stages)
{
    /// <summary>What the guard sees, as it would before a commit: earlier edits and protected prompts that would change. Null where the editor has none.</summary>
    public GuardReport? Guard { get; init; }

    /// <summary>Whether the edits would do the same as in another preview: every prompt that was looked at gets the same answer, and no other answer is lost.</summary>
    /// <param name="other">The other preview, of the same prompts.</param>
    public bool DoesAs(EditPreview other) =>
        Prompts.Select(p => (p.After.Answer, p.After.IsTarget)).SequenceEqual(other.Prompts.Select(p => (p.After.Answer, p.After.IsTarget)))
        && !Lost.Except(other.Lost).Any();

    private IEnumerable<string> Lost => Earlier.Lost.Select(l => l.Prompt).Concat((Guard?.Changed ?? []).Where(c => c.IsProtected).Select(c => c.Prompt));
}

/// <summary>One prompt before and after.</summary>
/// <param name="Kind">edit, rephrase or locality.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Target">The answer that is wanted, or null.</param>
/// <param name="Before">What the model says now.</param>
/// <param name="After">What it would say.</param>
public sealed record PreviewRow(string Kind, string Prompt, string? Target, ProbeReading Before, ProbeReading After);

/// <summary>What becomes of the answers of earlier edits.</summary>
/// <param name="Looked">How many were looked at.</param>
/// <param name="Lost">Those that the model gives now, and would not give any more.</param>
public sealed record EarlierEdits(int Looked, IReadOnlyList<ChangedEdit> Lost);

/// <summary>An earlier edit whose answer would be lost.</summary>
/// <param name="Prompt">Its prompt.</param>
/// <param name="Target">Its answer.</param>
/// <param name="ProbabilityBefore">The answer's probability now.</param>
/// <param name="ProbabilityAfter">The answer's probability then.</param>
public sealed record ChangedEdit(string Prompt, string Target, double ProbabilityBefore, double ProbabilityAfter);

/// <summary>Time spent in a stage of an edit.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Seconds">How long.</param>
public sealed record StageTime(string Stage, double Seconds)
{
    /// <summary>The same of a duration.</summary>
    /// <param name="stage">The duration.</param>
    public static StageTime Of(StageDuration stage) => new(stage.Stage, stage.Duration.TotalSeconds);
}
