using System.Collections.Concurrent;
using System.Diagnostics;
using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

public sealed partial class EditCoordinator
{
    /// <inheritdoc cref="IEditableModel.ConsolidateAsync"/>
    public async Task<ConsolidationOutcome> ConsolidateAsync(
        ConsolidationOptions options, IProgress<ConsolidationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        using Activity? span = ShardingTelemetry.Source.StartActivity("mend.consolidate");
        if (Drafter is not JointDrafts drafts)
        {
            throw new EditRequestException("Only edits of the joint method are consolidated; open the model with an editor of `mend train --method joint`.");
        }

        ModelVersion head = await _ledger.HeadAsync(cancellationToken).ConfigureAwait(false);
        List<CommittedEdit> live = Consolidable(await _ledger.ViewAsync(head, cancellationToken).ConfigureAwait(false));
        IReadOnlyList<EditFactors> loaded = await _ledger.LoadFactorsAsync([.. live.SelectMany(e => e.Factors)], cancellationToken).ConfigureAwait(false);
        List<EditFactors> contributions = [.. loaded.Where(f => f.Joint is not null && f.Joint.Metric == drafts.Metric(f.Layer))];
        if (contributions.Count < loaded.Count || contributions.Count == 0)
        {
            throw new EditRequestException(live.Count == 0
                ? "No edit of the joint method is live, so there is nothing to consolidate."
                : "Some live edits were made with another editor; consolidate with that one, or revert them.");
        }

        // Of several edits of one prompt the newest counts.
        List<PromptTarget> prompts = [.. live.GroupBy(e => e.Prompt).Select(g => new PromptTarget(g.Key, g.Last().Target))];
        KeptDraft draft = await drafts.ConsolidateAsync(contributions, prompts, options, progress, cancellationToken).ConfigureAwait(false);
        try
        {
            ModelVersion version = await CommitConsolidationAsync(draft, [.. live.Select(e => e.Id)], head, cancellationToken).ConfigureAwait(false);
            span?.SetTag(ShardingTelemetry.VersionTag, version.Number);
            await PublishAsync(version).ConfigureAwait(false);
            return new ConsolidationOutcome(version, live.Count);
        }
        finally
        {
            Discard([draft]);
        }
    }

    private static List<CommittedEdit> Consolidable(VersionView view) =>
        [.. view.Edits.Select(a => a.Edit).Where(e => e.Consolidates is null && e.Factors.Any(f => f.Algorithm is not null))];

    /// <summary>Commits behind whatever was committed meanwhile, as long as all edits that it is for are still live.</summary>
    private async Task<ModelVersion> CommitConsolidationAsync(KeptDraft draft, IReadOnlyList<EditId> edits, ModelVersion head, CancellationToken cancellationToken)
    {
        EditId id = new(_options.NewId(_time.GetUtcNow()));
        ConcurrentBag<FactorReference> staged = [];
        bool committed = false;
        try
        {
            IReadOnlyList<FactorReference>[] votes = await PrepareAsync(id, draft, staged, cancellationToken).ConfigureAwait(false);
            CommittedEdit edit = new() { Id = id, Prompt = "", Target = "", Factors = [.. votes.SelectMany(v => v)], Consolidates = edits };
            cancellationToken.ThrowIfCancellationRequested();
            for (int attempt = 1; ; attempt++)
            {
                CommitResult result = await CommitAsync(head, [edit]).ConfigureAwait(false);
                if (result.Status != CommitStatus.HeadMoved)
                {
                    committed = true;
                    return result.Version;
                }

                head = result.Version;
                HashSet<EditId> live = [.. Consolidable(await _ledger.ViewAsync(head, cancellationToken).ConfigureAwait(false)).Select(e => e.Id)];
                if (attempt == MostAttempts || !edits.All(live.Contains))
                {
                    throw new RetryableException("Edits were reverted while they were consolidated; nothing was committed. Consolidate again.");
                }
            }
        }
        finally
        {
            if (!committed)
            {
                _ledger.Withdraw([.. staged]);
            }
        }
    }
}
