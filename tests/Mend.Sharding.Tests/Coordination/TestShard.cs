using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding.Tests.Coordination;

/// <summary>A shard that keeps, prepares and forgets as a real one, and fails where a test wants it to.</summary>
internal sealed class TestShard(int index, EditLedger ledger) : IShard
{
    private readonly ShardDrafts _drafts = new(index, ledger, new ShardOptions(), TimeProvider.System);

    public int Drafts => _drafts.Count;

    /// <summary>Called before it prepares.</summary>
    public Func<KeptDraft, Task> Preparing { get; set; } = _ => Task.CompletedTask;

    /// <summary>Called in place of applying a version.</summary>
    public Func<CancellationToken, Task> Applying { get; set; } = _ => Task.CompletedTask;

    public Task<ShardReply> RunAsync(Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken) => throw new NotSupportedException();

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

    public async Task<IReadOnlyList<FactorReference>> PrepareAsync(EditId edit, KeptDraft draft, CancellationToken cancellationToken)
    {
        await Preparing(draft);
        return await _drafts.PrepareAsync(edit, draft, cancellationToken);
    }

    public Task DiscardAsync(IReadOnlyList<string> drafts, CancellationToken cancellationToken)
    {
        _drafts.Discard(drafts);
        return Task.CompletedTask;
    }

    public Task ApplyAsync(ModelVersion version, CancellationToken cancellationToken) => Applying(cancellationToken);

    public Task EndSessionAsync(string session) => Task.CompletedTask;
}

/// <summary>Drafts that are all alike, kept on every shard; waits where a test wants it to.</summary>
internal sealed class TestDrafter(IReadOnlyList<TestShard> shards) : IEditDrafter
{
    /// <summary>Called before a batch is drafted, with the batch and its token.</summary>
    public Func<IReadOnlyList<EditRequest>, CancellationToken, Task> Drafting { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>A number in an edit's factors.</summary>
    public Func<EditRequest, float> Value { get; set; } = _ => 2;

    /// <summary>The batches so far, as the prompts' numbers.</summary>
    public List<string> Batches { get; } = [];

    public void Check(EditRequest request)
    {
    }

    public async Task<IReadOnlyList<KeptDraft>> DraftAsync(
        IReadOnlyList<EditRequest> requests, ModelVersion version, StageClock clock, CancellationToken cancellationToken)
    {
        Batches.Add(string.Join(' ', requests.Select(r => r.Prompt)));
        await Drafting(requests, cancellationToken);
        List<KeptDraft> drafts = [.. requests.Select((_, i) => new KeptDraft($"{Batches.Count}.{i}", 1, [.. Enumerable.Range(0, shards.Count)]))];
        foreach (KeptDraft draft in drafts)
        {
            foreach (int shard in draft.Shards)
            {
                await shards[shard].KeepAsync(draft.Name, [new EditFactors($"layer{shard}", 1, 1, 1, [1], [Value(requests[drafts.IndexOf(draft)])], 3)], cancellationToken);
            }
        }

        return drafts;
    }
}
