using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>A shard as a silo hosts it, with the real drafts, votes and versions, and marks instead of tensors.</summary>
internal sealed class SimulatedShard(int index, int layers, IShard? next, EditLedger ledger, ShardOptions options, Process process, bool comparesVersions) : IShard
{
    private const int Kept = 4;

    private readonly ShardDrafts _drafts = new(index, ledger, options, process);
    private readonly LedgerFactors _versions = new(ledger);
    private readonly IReadOnlyList<string> _layers = [.. Enumerable.Range(0, layers).Select(l => Facts.Layer(index, l))];
    private readonly Dictionary<long, VersionFactors> _recent = [];

    public int Drafts => _drafts.Count;

    /// <summary>Brings what each shard reads of the version, first to last.</summary>
    public async Task<ShardReply> RunAsync(Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken)
    {
        _drafts.Resolve(pass);
        VersionFactors version = await VersionAsync(pass.Version, cancellationToken);
        if (comparesVersions && input.VersionDigest is { } entered && entered != version.Digest)
        {
            await AskAsync(pass.Version, cancellationToken);
            throw new VersionsDifferException(pass.Version);
        }

        float[] above = next is null ? [] : await NextAsync(pass, hooks, input with { VersionDigest = version.Digest }, cancellationToken);
        for (int row = 0; row < pass.Drafts.Count && layers > 0; row++)
        {
            _drafts.Keep(pass.Drafts[row], new Draft([.. _layers.Select(l => Facts.Factors(pass.Batch.InputIds[row], pass.Version, l))], null));
        }

        return new ShardReply(new PassResult { TokenLogProbabilities = [.. version.Factors.SelectMany(Facts.Marks), .. above] }, null, null);
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

    /// <summary>As a shard keeps the versions that it was asked for lately, without asking the ledger again.</summary>
    private async Task<VersionFactors> VersionAsync(long version, CancellationToken cancellationToken)
    {
        if (!_recent.TryGetValue(version, out VersionFactors? found))
        {
            found = await _versions.FactorsAsync(version, _layers.Contains, cancellationToken);
            _recent[version] = found;
            if (_recent.Count > Kept)
            {
                _recent.Remove(_recent.Keys.Min());
            }
        }

        return found;
    }

    private async Task<float[]> NextAsync(Pass pass, PassHooks hooks, ShardActivations output, CancellationToken cancellationToken)
    {
        try
        {
            return (await next!.RunAsync(pass, hooks, output, cancellationToken)).Result.TokenLogProbabilities;
        }
        catch (VersionsDifferException)
        {
            await AskAsync(pass.Version, cancellationToken);
            throw;
        }
    }

    private Task AskAsync(long version, CancellationToken cancellationToken) => _versions.FactorsAsync(version, static _ => false, cancellationToken);
}
