using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>A shard as a silo hosts it, with the real drafts, votes and versions, and marks instead of tensors.</summary>
internal sealed class SimulatedShard(int index, int layers, IShard? next, EditLedger ledger, ShardOptions options, Process process) : IShard
{
    private readonly ShardDrafts _drafts = new(index, ledger, options, process);
    private readonly LedgerFactors _versions = new(ledger);
    private readonly IReadOnlyList<string> _layers = [.. Enumerable.Range(0, layers).Select(l => Facts.Layer(index, l))];

    public int Drafts => _drafts.Count;

    /// <summary>Brings what each shard reads of the version, first to last.</summary>
    public async Task<ShardReply> RunAsync(Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken)
    {
        _drafts.Resolve(pass);
        IReadOnlyList<EditFactors> version = (await _versions.FactorsAsync(pass.Version, _layers.Contains, cancellationToken)).Factors;
        float[] above = next is null ? [] : (await next.RunAsync(pass, hooks, input, cancellationToken)).Result.TokenLogProbabilities;
        for (int row = 0; row < pass.Drafts.Count && layers > 0; row++)
        {
            _drafts.Keep(pass.Drafts[row], new Draft([.. _layers.Select(l => Facts.Factors(pass.Batch.InputIds[row], pass.Version, l))], null));
        }

        return new ShardReply(new PassResult { TokenLogProbabilities = [.. version.SelectMany(Facts.Marks), .. above] }, null, null);
    }

    public Task KeepAsync(string draft, IReadOnlyList<EditFactors> factors, CancellationToken cancellationToken)
    {
        _drafts.Keep(draft, new Draft(factors, null));
        return Task.CompletedTask;
    }

    public Task ContributeAsync(string draft, EditorReference? editor, IReadOnlyList<LayerSignals> signals, CancellationToken cancellationToken)
    {
        _drafts.Keep(draft, new Draft([.. signals.Select(s => new EditFactors(s.Layer, s.Rows, s.Inputs, s.Outputs, s.U, s.Delta, 1))], null));
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<EditFactors>> FactorsAsync(KeptDraft draft, CancellationToken cancellationToken) => Task.FromResult(_drafts.Factors(draft));

    public Task<IReadOnlyList<FactorReference>> PrepareAsync(EditId edit, KeptDraft draft, CancellationToken cancellationToken) =>
        _drafts.PrepareAsync(edit, draft, cancellationToken);

    public Task DiscardAsync(IReadOnlyList<string> drafts, CancellationToken cancellationToken)
    {
        _drafts.Discard(drafts);
        return Task.CompletedTask;
    }

    public Task ApplyAsync(ModelVersion version, CancellationToken cancellationToken) =>
        _versions.FactorsAsync(version.Number, _layers.Contains, cancellationToken);

    public Task EndSessionAsync(string session) => throw new NotSupportedException("Nobody generates here.");
}
