using System.Collections.Concurrent;
using Orleans.Runtime.MembershipService.SiloMetadata;

namespace Mend.Cluster;

/// <summary>Where the shards of the cluster's model belong, by what this silo knows of the others now. Safe to use from several threads.</summary>
internal sealed class ShardMap(SiloModel model, IClusterMembershipService membership, ISiloMetadataCache metadata, ILocalSiloDetails local, IGrainFactory grains)
{
    /// <summary>What is known; a silo's offer stays what it is as long as the silo lives.</summary>
    private readonly ConcurrentDictionary<SiloAddress, SiloOffer> _offers = [];
    private readonly ConcurrentDictionary<SiloAddress, bool> _asking = [];

    /// <summary>Every call to a shard asks where it belongs, and the answer changes only with the silos.</summary>
    private Assignment? _last;

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

    private IReadOnlyList<SiloOffer?> Assign()
    {
        IReadOnlyList<SiloOffer> silos = Silos();
        Assignment? last = Volatile.Read(ref _last);
        if (last is null || !last.Silos.SequenceEqual(silos))
        {
            last = new Assignment(silos, ShardAssignment.Assign(model.Options.Name, model.ShardBytes, silos));
            Volatile.Write(ref _last, last);
        }

        return last.Holders;
    }

    /// <summary>Asks silos that are there and whose offers are not known for them, and forgets those that are gone.</summary>
    public void AskForOffers()
    {
        List<ClusterMember> members = [.. Active()];
        foreach (SiloAddress gone in _offers.Keys.Except(members.Select(m => m.SiloAddress)).ToList())
        {
            _offers.TryRemove(gone, out _);
        }

        foreach (ClusterMember member in members.Where(m => Offer(m) is null && _asking.TryAdd(m.SiloAddress, true)))
        {
            _ = AskAsync(member);
        }
    }

    private async Task AskAsync(ClusterMember member)
    {
        try
        {
            Know(member, await grains.GetGrain<IOfferGrain>(member.SiloAddress.ToParsableString()).ReadAsync().ConfigureAwait(false));
        }
        catch (Exception)
        {
            // It holds no shards, or cannot tell yet: it is asked again.
        }
        finally
        {
            _asking.TryRemove(member.SiloAddress, out _);
        }
    }

    private IEnumerable<ClusterMember> Active() => membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active);

    private SiloOffer? Offer(ClusterMember member) =>
        _offers.TryGetValue(member.SiloAddress, out SiloOffer? known) ? known : Know(member, metadata.GetSiloMetadata(member.SiloAddress)?.Metadata);

    private SiloOffer? Know(ClusterMember member, IReadOnlyDictionary<string, string>? told) =>
        SiloOffer.Read(member.SiloAddress, member.Name, told) is { } offer ? _offers.GetOrAdd(member.SiloAddress, offer) : null;

    private IReadOnlyList<SiloOffer> Silos() => [.. Active().Select(Offer).OfType<SiloOffer>()];

    private sealed record Assignment(IReadOnlyList<SiloOffer> Silos, IReadOnlyList<SiloOffer?> Holders);
}
