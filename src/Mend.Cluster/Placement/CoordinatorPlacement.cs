using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Mend.Cluster;

/// <summary>Places a model's coordinator on one of the silos that agree on the model.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("mend.placement.coordinator")]
internal sealed class CoordinatorPlacement : PlacementStrategy
{
    public static readonly CoordinatorPlacement Instance = new();

    public override bool IsUsingGrainDirectory => true;
}

/// <summary>Marks the coordinator.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class CoordinatorPlacementAttribute() : PlacementAttribute(CoordinatorPlacement.Instance);

/// <summary>Asks the <see cref="ShardMap"/>; while that knows of nobody, any silo will do.</summary>
internal sealed class CoordinatorPlacementDirector(ShardMap map) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] there = context.GetCompatibleSilos(target);
        SiloAddress[] serving = [.. map.Serving.Intersect(there)];
        SiloAddress[] any = serving.Length > 0 ? serving : there;
        return Task.FromResult(any[Random.Shared.Next(any.Length)]);
    }
}
