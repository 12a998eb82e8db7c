using Mend.Ledger;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Mend.Cluster;

/// <summary>Places a shard's grain, and those of the editors of its layers, on the silo that the shard belongs to.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("mend.placement.shard")]
internal sealed class ShardPlacement : PlacementStrategy
{
    public static readonly ShardPlacement Instance = new();

    /// <summary>Where a grain is follows from the silos alone, so nobody need keep it in a cache of its own.</summary>
    public override bool IsUsingGrainDirectory => true;
}

/// <summary>Marks grains whose key begins with "model/shard".</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class ShardPlacementAttribute() : PlacementAttribute(ShardPlacement.Instance);

/// <summary>Asks the <see cref="ShardMap"/>.</summary>
internal sealed class ShardPlacementDirector(ShardMap map) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        int shard = GrainKeys.ShardOf(target.GrainIdentity.Key.ToString()!);
        SiloAddress? silo = map.SiloOf(shard);
        return silo is not null && context.GetCompatibleSilos(target).Contains(silo)
            ? Task.FromResult(silo)
            : throw new RetryableException(map.WhyNot(shard));
    }
}
