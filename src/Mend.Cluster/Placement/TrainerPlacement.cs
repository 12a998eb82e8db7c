using Mend.Editing;
using Mend.Ledger;
using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Mend.Cluster;

/// <summary>
/// Places a trainer on the silo of the shard that holds the lowest layer it trains for: training passes begin there. The caller names the
/// shard; else it is that of the layers which are recommended.
/// </summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking]
internal sealed class TrainerPlacement : PlacementStrategy
{
    private const string HintKey = "mend.trainer.shard";

    public static readonly TrainerPlacement Instance = new();

    public override bool IsUsingGrainDirectory => true;

    /// <summary>The shard that the caller names, as it travels with the call.</summary>
    public static int? Hint
    {
        get => RequestContext.Get(HintKey) as int?;
        set => RequestContext.Set(HintKey, value!);
    }

    public static int? HintOf(PlacementTarget target) => target.RequestContextData?.GetValueOrDefault(HintKey) as int?;
}

/// <summary>Marks the trainer.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TrainerPlacementAttribute() : PlacementAttribute(TrainerPlacement.Instance);

/// <summary>Asks the <see cref="ShardMap"/>.</summary>
internal sealed class TrainerPlacementDirector(ShardMap map, SiloModel model) : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        int shard = TrainerPlacement.HintOf(target)
            ?? model.Plan.ShardOf(GradientPass.FirstStage(model.Folder.Architecture, RecommendedLayers.Of(model.Folder.Architecture)));
        SiloAddress? silo = map.SiloOf(shard);
        return silo is not null && context.GetCompatibleSilos(target).Contains(silo)
            ? Task.FromResult(silo)
            : throw new RetryableException(map.WhyNot(shard));
    }
}
