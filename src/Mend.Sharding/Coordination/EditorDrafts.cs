using System.Diagnostics;
using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// Drafts with the editor networks where the layers are: one gradient pass for all edits, in which every shard keeps what its
/// editors make of u and δ, then for each edit one pass, from its first edited stage up, that finds the strength it needs on top of
/// those before it.
/// </summary>
/// <param name="runner">The chain.</param>
/// <param name="editor">What is to be known of the editor; its networks are not used here.</param>
/// <param name="encoder">Turns requests into model inputs.</param>
/// <param name="name">Which editor the shards shall use; null where they have but one.</param>
public sealed class EditorDrafts(ShardRunner runner, IEditor editor, ExampleEncoder encoder, EditorReference? name = null) : IEditDrafter
{
    private readonly IReadOnlyList<string> _layers = [.. editor.Layers.Select(l => l.Name)];

    private readonly IReadOnlyList<int> _shards =
        [.. editor.Layers.Select(l => runner.Plan.ShardOf(runner.Architecture.StageOf(l.Name))).Distinct().Order()];

    /// <inheritdoc/>
    public void Check(EditRequest request)
    {
        encoder.Encode(request.Prompt, request.Target);
        EditRequestException.ThrowIfRephrased(request.Rephrases);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<KeptDraft>> DraftAsync(
        IReadOnlyList<EditRequest> requests, ModelVersion version, StageClock clock, CancellationToken cancellationToken)
    {
        Activity.Current?.SetTag(ShardingTelemetry.EditorTag, name?.Digest);
        List<EncodedExample> edits = [.. requests.Select(r => encoder.Encode(r.Prompt, r.Target))];
        ExampleBatch batch = new(edits, runner.Architecture, encoder.Padding);
        List<KeptDraft> drafts = [.. edits.Select(_ => new KeptDraft(Guid.NewGuid().ToString("n"), 1, _shards))];
        Pass gradient = GradientPass.Describe(batch, runner.Architecture, _layers, editor.LengthExponent) with
        {
            Version = version.Number,
            Drafts = [.. drafts.Select(d => d.Name)],
            Editor = name,
        };
        await clock.MeasureAsync("gradient", () => runner.RunAsync(gradient, PassHooks.None, cancellationToken)).ConfigureAwait(false);
        if (editor.Confidence > 0)
        {
            await clock.MeasureAsync("strength", () => CalibrateAsync(batch, drafts, version, cancellationToken)).ConfigureAwait(false);
        }

        return drafts;
    }

    private async Task<bool> CalibrateAsync(ExampleBatch batch, List<KeptDraft> drafts, ModelVersion version, CancellationToken cancellationToken)
    {
        for (int i = 0; i < drafts.Count; i++)
        {
            StrengthSearch search = new(batch.Examples[i], runner.Architecture, encoder.Padding, batch.Inputs);
            Pass pass = search.Pass with
            {
                Version = version.Number,
                DraftsBefore = drafts[..i],
                DraftOnTop = drafts[i],
                StartStage = GradientPass.FirstStage(runner.Architecture, _layers),
            };
            PassResult result = await runner.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
            drafts[i] = drafts[i] with { Strength = search.Choose(result, editor.Confidence) };
        }

        return true;
    }
}
