using System.Collections.Concurrent;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Mend.Cluster;

/// <summary>Where the shards of the cluster's model belong, by what this silo knows of the others now. Safe to use from several threads.</summary>
internal sealed class ShardMap(SiloModel model, IClusterMembershipService membership, ISiloMetadataCache metadata, ILocalSiloDetails local, IGrainFactory grains)
{
    private readonly ConcurrentDictionary<SiloAddress, IReadOnlyDictionary<string, string>> _told = [];
    private readonly ConcurrentDictionary<SiloAddress, bool> _asking = [];

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

    /// <summary>Asks silos that are there and whose offers are not known for them, and forgets those that are gone.</summary>
    public void AskForOffers()
    {
        List<ClusterMember> members = [.. Active()];
        foreach (SiloAddress gone in _told.Keys.Except(members.Select(m => m.SiloAddress)).ToList())
        {
            _told.TryRemove(gone, out _);
        }

        foreach (ClusterMember member in members.Where(m => Offer(m) is null && _asking.TryAdd(m.SiloAddress, true)))
        {
            _ = AskAsync(member.SiloAddress);
        }
    }

    private async Task AskAsync(SiloAddress silo)
    {
        try
        {
            _told[silo] = await grains.GetGrain<IOfferGrain>(silo.ToParsableString()).ReadAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It holds no shards, or cannot tell yet: it is asked again.
        }
        finally
        {
            _asking.TryRemove(silo, out _);
        }
    }

    private IEnumerable<ClusterMember> Active() => membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active);

    private SiloOffer? Offer(ClusterMember member) =>
        SiloOffer.Read(member.SiloAddress, member.Name, metadata.GetSiloMetadata(member.SiloAddress)?.Metadata)
        ?? SiloOffer.Read(member.SiloAddress, member.Name, _told.GetValueOrDefault(member.SiloAddress));

    private IReadOnlyList<SiloOffer> Silos() => [.. Active().Select(Offer).OfType<SiloOffer>()];
}
