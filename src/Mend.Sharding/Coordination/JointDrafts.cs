using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;

namespace Mend.Sharding;

/// <summary>
/// Drafts for the joint method: finds the shifts of each edit on the base model, where no other edit is seen, and hands keys and shifts to
/// the editors of the layers. What an edit contributes so does not depend on the edits before it, and a version is its set of edits.
/// </summary>
/// <param name="runner">The chain.</param>
/// <param name="editor">The joint editor.</param>
/// <param name="encoder">Turns requests into model inputs.</param>
/// <param name="name">Which editor the shards shall use; null where they have but one.</param>
public sealed class JointDrafts(ShardRunner runner, IEditor editor, ExampleEncoder encoder, EditorReference? name = null) : IEditDrafter
{
    private const int PromptsPerPass = 16;

    private readonly JointMethod _method = editor.Joint ?? throw new ArgumentException("The editor is not one of the joint method.", nameof(editor));

    private readonly IReadOnlyList<IGrouping<int, string>> _shards =
        [.. editor.Layers.Select(l => l.Name).GroupBy(l => runner.Plan.ShardOf(runner.Architecture.StageOf(l))).OrderBy(g => g.Key)];

    /// <inheritdoc/>
    public void Check(EditRequest request)
    {
        foreach ((int number, string prompt) in Prompts(request).Index())
        {
            // By its place, not by its words: what is said here is logged and crosses the wire.
            string named = number == 0 ? "prompt" : $"rephrase {number}";
            EncodedExample example = encoder.Encode(prompt, request.Target);
            if (example.TargetRows[0] < 1)
            {
                throw new EditRequestException($"The {named} of an edit is a single token; write a longer one, so that there is something to tell it from other prompts by.");
            }

            if (request.Subject is { } subject && encoder.SubjectRow(prompt, subject) is null)
            {
                throw new EditRequestException($"The subject of an edit does not stand in its {named}; write it as it stands there, or leave it out.");
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<KeptDraft>> DraftAsync(
        IReadOnlyList<EditRequest> requests, ModelVersion version, StageClock clock, CancellationToken cancellationToken)
    {
        Activity.Current?.SetTag(ShardingTelemetry.EditorTag, name?.Digest);
        List<KeptDraft> drafts = [];
        foreach (List<EditRequest> some in Chunks(requests))
        {
            IReadOnlyList<FoundShifts> found = await clock.MeasureAsync("gradient", () => SearchAsync(some, cancellationToken)).ConfigureAwait(false);
            await clock.MeasureAsync("contribute", async () =>
            {
                foreach (FoundShifts shifts in found)
                {
                    drafts.Add(await ContributeAsync(shifts, cancellationToken).ConfigureAwait(false));
                }

                return true;
            }).ConfigureAwait(false);
        }

        return drafts;
    }

    /// <inheritdoc/>
    public bool Judges => true;

    /// <inheritdoc/>
    public Task<IReadOnlyList<string?>> JudgeAsync(
        IReadOnlyList<EditRequest> requests, IReadOnlyList<KeptDraft> drafts, ModelVersion head, IReadOnlyList<CommittedEdit> earlier, CancellationToken cancellationToken) =>
        new EditGuard(runner, encoder, _method.Protected).JudgeAsync(requests, drafts, head, earlier, cancellationToken);

    /// <inheritdoc/>
    public async Task<GuardReport?> ReportAsync(
        IReadOnlyList<EditRequest> requests, IReadOnlyList<KeptDraft> drafts, ModelVersion head, IReadOnlyList<CommittedEdit> earlier, CancellationToken cancellationToken) =>
        await new EditGuard(runner, encoder, _method.Protected).ReportAsync(requests, drafts, head, earlier, cancellationToken).ConfigureAwait(false);

    /// <summary>Requests that share a pass.</summary>
    private static IEnumerable<List<EditRequest>> Chunks(IReadOnlyList<EditRequest> requests)
    {
        List<EditRequest> chunk = [];
        int prompts = 0;
        foreach (EditRequest request in requests)
        {
            int own = 1 + request.Rephrases.Count;
            if (chunk.Count > 0 && prompts + own > PromptsPerPass)
            {
                yield return chunk;
                (chunk, prompts) = ([], 0);
            }

            chunk.Add(request);
            prompts += own;
        }

        yield return chunk;
    }

    private static IEnumerable<string> Prompts(EditRequest request) => [request.Prompt, .. request.Rephrases];

    private async Task<IReadOnlyList<FoundShifts>> SearchAsync(List<EditRequest> requests, CancellationToken cancellationToken)
    {
        List<ShiftTarget> targets = [];
        foreach (EditRequest request in requests)
        {
            List<string> prompts = [.. Prompts(request)];
            List<EncodedExample> examples = [.. prompts.Select(p => encoder.Encode(p, request.Target))];
            targets.Add(new ShiftTarget(examples, await RowsAsync(request, prompts, examples, cancellationToken).ConfigureAwait(false), Name(request.Prompt)));
        }

        FoundShifts[] found = [.. await FindAsync(targets, cancellationToken).ConfigureAwait(false)];
        for (int i = 0; i < found.Length && _method.Options.Rows == JointRows.Subject; i++)
        {
            if (requests[i].Subject is not null && found[i].Confidence < _method.Options.Confidence)
            {
                // Not every subject is looked up at its last token; then the gradient says where.
                IReadOnlyList<IReadOnlyList<int>> rows = await SubjectSearch.RunAsync(runner, editor, _method, targets[i].Prompts, encoder.Padding, cancellationToken).ConfigureAwait(false);
                FoundShifts other = (await FindAsync([targets[i] with { Rows = rows }], cancellationToken).ConfigureAwait(false))[0];
                found[i] = other.Confidence > found[i].Confidence ? other : found[i];
            }
        }

        return found;
    }

    private Task<IReadOnlyList<FoundShifts>> FindAsync(IReadOnlyList<ShiftTarget> targets, CancellationToken cancellationToken) =>
        ShiftSearch.RunAsync(runner, editor.Layers, _method.Options, targets, encoder.Padding, 0, cancellationToken);

    /// <summary>The rows that an edit shifts in each of its prompts.</summary>
    private async Task<IReadOnlyList<IReadOnlyList<int>>> RowsAsync(EditRequest request, List<string> prompts, List<EncodedExample> examples, CancellationToken cancellationToken) =>
        _method.Options.Rows == JointRows.Answer ? [.. examples.Select(e => e.TargetRows)]
        : request.Subject is { } subject ? [.. prompts.Select(p => (IReadOnlyList<int>)[encoder.SubjectRow(p, subject)!.Value])]
        : await SubjectSearch.RunAsync(runner, editor, _method, examples, encoder.Padding, cancellationToken).ConfigureAwait(false);

    /// <summary>Names the metric of a layer; edits in others are not consolidated together.</summary>
    /// <param name="layer">The layer's full name.</param>
    internal string? Metric(string layer) => _method.Metrics.GetValueOrDefault(layer)?.Name;

    /// <summary>Computes a consolidation, and lets the shards keep it as a draft.</summary>
    /// <param name="contributions">What the live edits ask of each layer.</param>
    /// <param name="edits">Prompts and answers of the edits.</param>
    /// <param name="options">Settings.</param>
    /// <param name="progress">Told after each step.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    internal async Task<KeptDraft> ConsolidateAsync(
        IReadOnlyList<EditFactors> contributions,
        IReadOnlyList<PromptTarget> edits,
        ConsolidationOptions options,
        IProgress<ConsolidationProgress>? progress,
        CancellationToken cancellationToken)
    {
        HashSet<string> edited = [.. edits.Select(e => e.Text)];
        List<EncodedExample> wanted = [.. edits.OrderBy(e => e.Text, StringComparer.Ordinal).ThenBy(e => e.Target, StringComparer.Ordinal).Select(e => encoder.Encode(e.Text, e.Target))];
        List<EncodedExample> kept = [.. _method.Protected.Where(p => !edited.Contains(p.Text)).Select(p => encoder.Encode(p.Text, p.Target))];
        IReadOnlyList<EditFactors> corrections = await new Consolidation(runner, encoder.Padding, options, _method.Options.Confidence).RunAsync(contributions, wanted, kept, progress, cancellationToken).ConfigureAwait(false);
        KeptDraft draft = new(Guid.NewGuid().ToString("n"), 1, [.. _shards.Select(s => s.Key)]);
        foreach (IGrouping<int, string> shard in _shards)
        {
            HashSet<string> own = [.. shard];
            await runner.Shards[shard.Key].KeepAsync(draft.Name, [.. corrections.Where(c => own.Contains(c.Layer))], cancellationToken).ConfigureAwait(false);
        }

        return draft;
    }

    private async Task<KeptDraft> ContributeAsync(FoundShifts shifts, CancellationToken cancellationToken)
    {
        KeptDraft draft = new(Guid.NewGuid().ToString("n"), 1, [.. _shards.Select(s => s.Key)]);
        foreach (IGrouping<int, string> shard in _shards)
        {
            HashSet<string> own = [.. shard];
            await runner.Shards[shard.Key].ContributeAsync(draft.Name, name, [.. shifts.Layers.Where(l => own.Contains(l.Layer))], cancellationToken).ConfigureAwait(false);
        }

        return draft;
    }

    /// <summary>Names a prompt, so that a later edit of it takes the earlier one's place.</summary>
    private static string Name(string prompt) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(prompt)))[..32];
}
