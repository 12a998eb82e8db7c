using System.Globalization;
using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// Looks at what drafts would do before they are committed, greedily: is each new answer given, are answers of edits committed before still
/// given, are the answers of protected prompts unchanged? A batch is looked at as a whole first; where it fails, each of its edits alone.
/// </summary>
/// <param name="runner">The chain.</param>
/// <param name="encoder">Turns prompts into model inputs.</param>
/// <param name="kept">Protected prompts with the model's answers.</param>
internal sealed class EditGuard(IPassRunner runner, ExampleEncoder encoder, IReadOnlyList<PromptTarget> kept)
{
    /// <summary>Earlier edits, and protected prompts, that are looked at: an edit's cost must not grow with the edits before it.</summary>
    private const int Looked = 24;

    /// <summary>Share of these that an edit may change; one alone always may.</summary>
    private const double Tolerated = 0.05;

    private const int PromptsPerPass = 32;

    /// <summary>What is wrong with each edit; null where nothing is.</summary>
    /// <param name="requests">The edits.</param>
    /// <param name="drafts">Their drafts.</param>
    /// <param name="head">The version that they would follow.</param>
    /// <param name="earlier">Edits that the version holds, oldest first.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    public async Task<IReadOnlyList<string?>> JudgeAsync(
        IReadOnlyList<EditRequest> requests, IReadOnlyList<KeptDraft> drafts, ModelVersion head, IReadOnlyList<CommittedEdit> earlier, CancellationToken cancellationToken)
    {
        List<PromptTarget> bystanders = await BystandersAsync(requests, head, earlier, cancellationToken).ConfigureAwait(false);
        string?[] faults = await FaultsAsync(requests, drafts, head, bystanders, cancellationToken).ConfigureAwait(false);
        if (requests.Count == 1 || faults.All(f => f is null))
        {
            return faults;
        }

        for (int i = 0; i < requests.Count; i++)
        {
            faults[i] = (await FaultsAsync([requests[i]], [drafts[i]], head, bystanders, cancellationToken).ConfigureAwait(false))[0];
        }

        // Those that are good alone may still not be so together.
        int[] good = [.. Enumerable.Range(0, requests.Count).Where(i => faults[i] is null)];
        string?[] together = await FaultsAsync([.. good.Select(i => requests[i])], [.. good.Select(i => drafts[i])], head, bystanders, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < good.Length; i++)
        {
            faults[good[i]] = together[i];
        }

        return faults;
    }

    /// <summary>What it sees where edits are looked at as a whole, for somebody to read.</summary>
    /// <param name="requests">The edits.</param>
    /// <param name="drafts">Their drafts.</param>
    /// <param name="head">The version that they would follow.</param>
    /// <param name="earlier">Edits that the version holds, oldest first.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    public async Task<GuardReport> ReportAsync(
        IReadOnlyList<EditRequest> requests, IReadOnlyList<KeptDraft> drafts, ModelVersion head, IReadOnlyList<CommittedEdit> earlier, CancellationToken cancellationToken)
    {
        List<PromptTarget> bystanders = await BystandersAsync(requests, head, earlier, cancellationToken).ConfigureAwait(false);
        (string?[] faults, List<PromptTarget> lost) = await LookAsync(requests, drafts, head, bystanders, cancellationToken).ConfigureAwait(false);
        HashSet<PromptTarget> guarded = [.. kept];
        return new GuardReport(bystanders.Count, Most(bystanders), [.. lost.Select(l => new GuardedPrompt(l.Text, l.Target, guarded.Contains(l)))], [.. faults.OfType<string>().Distinct()]);
    }

    /// <summary>How many of those that were looked at may change.</summary>
    private static int Most(IReadOnlyList<PromptTarget> bystanders) => (int)Math.Max(1, Tolerated * bystanders.Count);

    /// <summary>Earlier edits and protected prompts whose answers are what they should be now.</summary>
    private async Task<List<PromptTarget>> BystandersAsync(
        IReadOnlyList<EditRequest> requests, ModelVersion head, IReadOnlyList<CommittedEdit> earlier, CancellationToken cancellationToken)
    {
        HashSet<string> edited = [.. requests.Select(r => r.Prompt)];
        List<PromptTarget> bystanders =
        [
            .. Spread([.. earlier.Where(e => !edited.Contains(e.Prompt)).GroupBy(e => e.Prompt).Select(g => new PromptTarget(g.Key, g.Last().Target))]),
            .. Spread([.. kept.Where(k => !edited.Contains(k.Text))]),
        ];
        bool[] before = await RightAsync(bystanders, head, [], cancellationToken).ConfigureAwait(false);
        return [.. bystanders.Where((_, i) => before[i])];
    }

    /// <summary>Some, evenly spread, the newest among them.</summary>
    internal static IEnumerable<T> Spread<T>(IReadOnlyList<T> all)
    {
        int count = Math.Min(Looked, all.Count);
        return Enumerable.Range(1, count).Select(i => all[(int)((long)i * all.Count / count) - 1]);
    }

    /// <summary>What is wrong with each edit that is about to be committed.</summary>
    private async Task<string?[]> FaultsAsync(
        IReadOnlyList<EditRequest> requests, IReadOnlyList<KeptDraft> drafts, ModelVersion head, IReadOnlyList<PromptTarget> bystanders, CancellationToken cancellationToken)
    {
        (string?[] faults, List<PromptTarget> lost) = await LookAsync(requests, drafts, head, bystanders, cancellationToken).ConfigureAwait(false);
        if (requests.Count > 0 && bystanders.Count > 0)
        {
            ShardingTelemetry.Drift.Record((double)lost.Count / bystanders.Count);
        }

        return faults;
    }

    /// <summary>What is wrong with each edit, and which answers of others would be lost.</summary>
    private async Task<(string?[] Faults, List<PromptTarget> Lost)> LookAsync(
        IReadOnlyList<EditRequest> requests, IReadOnlyList<KeptDraft> drafts, ModelVersion head, IReadOnlyList<PromptTarget> bystanders, CancellationToken cancellationToken)
    {
        if (requests.Count == 0)
        {
            return ([], []);
        }

        List<PromptTarget> all = [.. requests.Select(r => new PromptTarget(r.Prompt, r.Target)), .. bystanders];
        bool[] right = await RightAsync(all, head, drafts, cancellationToken).ConfigureAwait(false);
        List<PromptTarget> lost = [.. bystanders.Where((_, i) => !right[requests.Count + i])];
        string? harm = lost.Count > Most(bystanders)
            ? string.Create(CultureInfo.InvariantCulture, $"it changes the answers of {lost.Count} of {bystanders.Count} prompts that were looked at, \"{lost[0].Text}\" (\"{lost[0].Target}\") among them")
            : null;
        return ([.. requests.Select((_, i) => right[i] ? harm : "the model still would not give the answer")], lost);
    }

    private async Task<bool[]> RightAsync(IReadOnlyList<PromptTarget> prompts, ModelVersion head, IReadOnlyList<KeptDraft> drafts, CancellationToken cancellationToken)
    {
        List<bool> right = [];
        foreach (PromptTarget[] some in prompts.Chunk(PromptsPerPass))
        {
            ExampleBatch batch = new([.. some.Select(p => encoder.Encode(p.Text, p.Target))], runner.Architecture, encoder.Padding);
            Pass pass = new() { Batch = batch.Inputs, Objective = batch.Likelihood(), Version = head.Number, DraftsBefore = drafts };
            PassResult result = await runner.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
            right.AddRange(batch.PerExample(result.Predictions).Select((p, i) => p.AsSpan().SequenceEqual(batch.Examples[i].TargetTokens)));
        }

        return [.. right];
    }
}

/// <summary>What the guard sees of edits before they are committed.</summary>
/// <param name="Looked">Answers of earlier edits and of protected prompts that it looked at: those that the model gives now.</param>
/// <param name="Tolerated">How many of them edits may change.</param>
/// <param name="Changed">Those that would change.</param>
/// <param name="Faults">What is wrong with the edits; none where they would be committed.</param>
public sealed record GuardReport(int Looked, int Tolerated, IReadOnlyList<GuardedPrompt> Changed, IReadOnlyList<string> Faults);

/// <summary>A prompt that the guard looked at.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="Answer">The answer that the model gives now.</param>
/// <param name="IsProtected">Whether it is one of the editor's protected prompts, and not one of an earlier edit.</param>
public sealed record GuardedPrompt(string Prompt, string Answer, bool IsProtected);
