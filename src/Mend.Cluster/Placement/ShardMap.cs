using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Mend.Cluster;

/// <summary>Where the shards of the cluster's model belong, by what this silo knows of the others now. Safe to use from several threads.</summary>
internal sealed class ShardMap(SiloModel model, IClusterMembershipService membership, ISiloMetadataCache metadata, ILocalSiloDetails local)
{
    /// <summary>The silo of a shard, or null when none is left for it.</summary>
    public SiloAddress? SiloOf(int shard) => Assign()[shard]?.Silo;

    /// <summary>The shards that belong to this silo.</summary>
    public IReadOnlyList<int> Mine()
    {
        IReadOnlyList<SiloOffer?> assigned = Assign();
        return [.. Enumerable.Range(0, assigned.Count).Where(i => assigned[i]?.Silo.Equals(local.SiloAddress) == true)];
    }

    /// <summary>Why a shard has no silo.</summary>
    public string WhyNot(int shard)
    {
        IReadOnlyList<SiloOffer> silos = Silos();
        return $"No silo is left for shard {shard} of {model.Plan.Shards.Count}, which has {model.ShardBytes[shard]} bytes of weights: {silos.Count} silo(s) are there "
            + $"({string.Join(", ", silos.Select(Describe))}). Start one that offers it, or let silos hold several shards (ShareSilo).";
    }

    private static string Describe(SiloOffer silo) => silo.Roles is { } roles
        ? $"{silo.Name} for shards {string.Join(' ', roles.Order())}"
        : silo.Memory is { } memory ? $"{silo.Name} with {memory} bytes" : silo.Name;

    private IReadOnlyList<SiloOffer?> Assign() => ShardAssignment.Assign(model.Options.Name, model.ShardBytes, Silos());

    private IReadOnlyList<SiloOffer> Silos() =>
    [
        .. membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active)
            .Select(m => SiloOffer.Read(m.SiloAddress, m.Name, metadata.GetSiloMetadata(m.SiloAddress)))
            .OfType<SiloOffer>()
    ];
}
