using Orleans.Placement;
using Orleans.Runtime.Placement;

namespace Mend.Cluster;

/// <summary>What one silo offers, told by itself; the key is its address.</summary>
[Alias("mend.offer")]
internal interface IOfferGrain : IGrainWithStringKey
{
    /// <summary>The offer, once the silo has read its model's files.</summary>
    [Alias("offer"), ResponseTimeout("00:00:05")]
    Task<WireOffer> ReadAsync();

    /// <summary>What the silo holds now.</summary>
    [Alias("state"), ResponseTimeout("00:00:05")]
    Task<WireSilo> StateAsync();
}

/// <summary>Tells what the silo's options say.</summary>
[OfferPlacement]
internal sealed class OfferGrain(SiloModel model, SiloShards shards, ILocalSiloDetails local) : Grain, IOfferGrain
{
    public Task<WireOffer> ReadAsync() => model.OfferAsync();

    public Task<WireSilo> StateAsync() => Task.FromResult(new WireSilo(
        local.Name, Environment.WorkingSet, [.. shards.States().Select(s => new WireShardState(s.Shard, s.StagesLoaded, s.Serves, model.ShardBytes[s.Shard]))]));
}

/// <summary>Places a grain on the silo whose address is its key.</summary>
[Serializable, GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("mend.placement.offer")]
internal sealed class OfferPlacement : PlacementStrategy
{
    public static readonly OfferPlacement Instance = new();

    public override bool IsUsingGrainDirectory => true;
}

/// <summary>Marks grains whose key is a silo's address.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class OfferPlacementAttribute() : PlacementAttribute(OfferPlacement.Instance);

/// <summary>Looks for the silo among those that are there.</summary>
internal sealed class OfferPlacementDirector : IPlacementDirector
{
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress silo = SiloAddress.FromParsableString(target.GrainIdentity.Key.ToString()!);
        return context.GetCompatibleSilos(target).Contains(silo)
            ? Task.FromResult(silo)
            : throw new OrleansException($"{silo} is not there, or holds no shards.");
    }
}
