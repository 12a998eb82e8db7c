using Mend.Editing;
using Mend.Models;

namespace Mend.Sharding.Tests;

/// <summary>Edits made up from a seed: they change answers and mean nothing.</summary>
internal static class RandomFactors
{
    public static IReadOnlyList<EditFactors> Of(ModelArchitecture architecture, int seed, int rank = 3, float step = 0.3f)
    {
        Random random = new(seed);
        return [.. architecture.DefaultEditedLayers.Select(layer =>
        {
            ParameterSpec spec = architecture.Linear(layer);
            return new EditFactors(layer, rank, spec.In, spec.Out, Values(rank * spec.In), Values(rank * spec.Out), step / (1 + (seed % 3)));
        })];

        float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1) * 0.2f)];
    }
}

/// <summary>A ledger of factors in memory: version v holds the first v edits.</summary>
internal sealed class StackedVersions(params IReadOnlyList<EditFactors>[] edits) : IVersionFactors
{
    public Task<VersionFactors> FactorsAsync(long version, Func<string, bool> owns, CancellationToken cancellationToken) =>
        Task.FromResult(new VersionFactors(null, [.. edits.Take((int)version).SelectMany(e => e).Where(f => owns(f.Layer))]));
}
