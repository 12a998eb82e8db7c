using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;

namespace Mend.Sharding.Tests.Simulation;

/// <summary>Drafts as the real drafters do, by passes that let the shards keep drafts or by handing factors to them, but computes nothing.</summary>
internal sealed class SimulatedDrafter(Process process, IReadOnlyList<IShard> shards, IReadOnlyList<int> layers, Random random) : IEditDrafter
{
    private readonly IReadOnlyList<int> _owners = [.. Enumerable.Range(0, layers.Count).Where(s => layers[s] > 0)];
    private int _drafts;

    public void Check(EditRequest request) => Facts.NumberOf(request.Prompt);

    public async Task<IReadOnlyList<KeptDraft>> DraftAsync(
        IReadOnlyList<EditRequest> requests, ModelVersion version, StageClock clock, CancellationToken cancellationToken)
    {
        int[] numbers = [.. requests.Select(r => Facts.NumberOf(r.Prompt))];
        KeptDraft[] drafts = [.. numbers.Select(_ => new KeptDraft($"{process.Name}-{++_drafts}", 1, _owners))];
        Pass pass = new() { Batch = new ModelBatch(numbers.Length, numbers), Version = version.Number };
        if (random.Next(4) > 0)
        {
            await RunAsync(pass with { Drafts = [.. drafts.Select(d => d.Name)] }, cancellationToken);
        }
        else
        {
            await Task.WhenAll(drafts.SelectMany((draft, i) => _owners.Select(shard =>
                shards[shard].KeepAsync(draft.Name, [.. Factors(numbers[i], version, shard)], cancellationToken))));
        }

        for (int i = 0; i < drafts.Length; i++)
        {
            await RunAsync(pass with { DraftsBefore = drafts[..i], DraftOnTop = drafts[i] }, cancellationToken);
            drafts[i] = drafts[i] with { Strength = Facts.Strength(numbers[i]) };
        }

        return drafts;
    }

    private IEnumerable<EditFactors> Factors(int number, ModelVersion version, int shard) =>
        Enumerable.Range(0, layers[shard]).Select(l => Facts.Factors(number, version.Number, Facts.Layer(shard, l)));

    private Task RunAsync(Pass pass, CancellationToken cancellationToken) =>
        shards[0].RunAsync(pass, PassHooks.None, new ShardActivations(null, null), cancellationToken);
}
