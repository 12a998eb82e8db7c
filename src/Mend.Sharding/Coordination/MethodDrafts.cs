using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// Drafts with a method that computes factors here, a baseline, and hands them to the shards. Each edit is computed on top of the
/// version, without regard to the others of its batch.
/// </summary>
/// <param name="runner">The chain.</param>
/// <param name="method">The method.</param>
/// <param name="encoder">Turns requests into model inputs.</param>
public sealed class MethodDrafts(ShardRunner runner, IEditMethod method, ExampleEncoder encoder) : IEditDrafter
{
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
        List<KeptDraft> drafts = [];
        foreach (EditRequest request in requests)
        {
            EncodedExample edit = encoder.Encode(request.Prompt, request.Target);
            IReadOnlyList<EditFactors> factors = await clock.MeasureAsync(
                "gradient", () => method.ComputeAsync(runner, edit, version.Number, cancellationToken)).ConfigureAwait(false);
            List<IGrouping<int, EditFactors>> shards =
                [.. factors.GroupBy(f => runner.Plan.ShardOf(runner.Architecture.StageOf(f.Layer))).OrderBy(g => g.Key)];
            KeptDraft draft = new(Guid.NewGuid().ToString("n"), 1, [.. shards.Select(s => s.Key)]);
            foreach (IGrouping<int, EditFactors> shard in shards)
            {
                await runner.Shards[shard.Key].KeepAsync(draft.Name, [.. shard], cancellationToken).ConfigureAwait(false);
            }

            drafts.Add(draft);
        }

        return drafts;
    }
}
