using System.Collections.Concurrent;

namespace Mend.Cluster;

/// <summary>
/// Where the shards of the cluster's model belong, by what this silo knows of the others now. Silos that were told something else of the
/// model are not in it. Safe to use from several threads.
/// </summary>
internal sealed class ShardMap(SiloModel model, IClusterMembershipService membership, ILocalSiloDetails local, IGrainFactory grains)
{
    /// <summary>What is known; a silo's offer stays what it is as long as the silo lives.</summary>
    private readonly ConcurrentDictionary<SiloAddress, SiloOffer> _offers = [];
    private readonly ConcurrentDictionary<SiloAddress, Task> _asked = [];

    /// <summary>Every call to a shard asks where it belongs, and the answer changes only with the silos.</summary>
    private Assignment? _last;

    /// <summary>Whether the silo knows its own model, without which nothing is its.</summary>
    public bool IsKnown => model.Digest is not null;

    /// <summary>The silos that serve the model: those that agree on it, and where silos do not, the most of them.</summary>
    public IReadOnlyList<SiloAddress> Serving => [.. Assign().Silos.Select(s => s.Silo)];

    /// <summary>The silo of a shard, or null when none is left for it.</summary>
    public SiloAddress? SiloOf(int shard) => Assign().Holders.ElementAtOrDefault(shard)?.Silo;

    /// <summary>The shards that belong to this silo.</summary>
    public IReadOnlyList<int> Mine()
    {
        IReadOnlyList<SiloOffer?> assigned = Assign().Holders;
        return [.. Enumerable.Range(0, assigned.Count).Where(i => assigned[i]?.Silo.Equals(local.SiloAddress) == true)];
    }

    /// <summary>Why a shard has no silo.</summary>
    public string WhyNot(int shard)
    {
        Assignment now = Assign();
        return shard < 0 || shard >= now.Holders.Count
            ? $"The model has {now.Holders.Count} shards, and no shard {shard}.{WhoDiffers()}"
            : $"No silo is left for shard {shard} of {now.Holders.Count}, which has {now.Silos[0].ShardBytes[shard]} bytes of weights: {now.Silos.Count} silo(s) are there "
            + $"({string.Join(", ", now.Silos.Select(Describe))}).{WhoDiffers()} Start one that offers it, or let silos hold several shards (ShareSilo).";
    }

    /// <summary>Names the silos that were told something else of the model than most, a sentence with a blank before it; empty when there are none.</summary>
    public string WhoDiffers()
    {
        string? most = Assign().Silos.FirstOrDefault()?.Digest;
        List<SiloOffer> others = [.. Known().Where(s => s.Digest != most)];
        return others.Count == 0 ? ""
            : $" Left out, because they serve another model than {ModelDigest.Short(most!)}, as other files, a number of shards, a compute type or a release make it: "
            + $"{string.Join(", ", others.Select(s => $"{s.Name} ({ModelDigest.Short(s.Digest)})"))}.";
    }

    /// <summary>Asks silos again that could not tell what they offer, and forgets those that are gone.</summary>
    public void AskAgain()
    {
        HashSet<SiloAddress> active = [.. Active().Select(m => m.SiloAddress)];
        foreach (SiloAddress gone in _offers.Keys.Where(s => !active.Contains(s)).ToList())
        {
            _offers.TryRemove(gone, out _);
        }

        foreach (SiloAddress answered in _asked.Where(a => a.Value.IsCompleted).Select(a => a.Key).ToList())
        {
            _asked.TryRemove(answered, out _);
        }

        Known();
    }

    private static string Describe(SiloOffer silo) => silo.Roles is { } roles
        ? $"{silo.Name} for shards {string.Join(' ', roles.Order())}"
        : silo.Memory is { } memory ? $"{silo.Name} with {memory} bytes" : silo.Name;

    /// <summary>The same on every silo that knows the same others, whatever it serves itself.</summary>
    private Assignment Assign()
    {
        List<SiloOffer> known = Known();
        Assignment? last = Volatile.Read(ref _last);
        if (last is null || !last.Known.SequenceEqual(known))
        {
            last = known.GroupBy(s => s.Digest).Select(same => Assign(known, [.. same]))
                .OrderByDescending(a => a.Silos.Count).ThenBy(a => a.Holders.Contains(null)).ThenBy(a => a.Silos[0].Digest, StringComparer.Ordinal)
                .FirstOrDefault() ?? new Assignment(known, [], []);
            Volatile.Write(ref _last, last);
        }

        return last;
    }

    private Assignment Assign(List<SiloOffer> known, List<SiloOffer> silos) => new(known, silos, ShardAssignment.Assign(model.Options.Name, silos[0].ShardBytes, silos));

    /// <summary>The offers of the silos that are there; who has told none is asked.</summary>
    private List<SiloOffer> Known()
    {
        List<SiloOffer> known = [];
        foreach (ClusterMember member in Active())
        {
            if (_offers.TryGetValue(member.SiloAddress, out SiloOffer? offer))
            {
                known.Add(offer);
            }
            else
            {
                _asked.GetOrAdd(member.SiloAddress, _ => AskAsync(member));
            }
        }

        return known;
    }

    private async Task AskAsync(ClusterMember member)
    {
        try
        {
            WireOffer told = await (member.SiloAddress.Equals(local.SiloAddress)
                ? model.OfferAsync()
                : grains.GetGrain<IOfferGrain>(member.SiloAddress.ToParsableString()).ReadAsync()).ConfigureAwait(false);
            _offers.TryAdd(member.SiloAddress, SiloOffer.Of(member.SiloAddress, member.Name, told));
        }
        catch (Exception)
        {
            // It holds no shards, or cannot tell yet: it is asked again.
        }
    }

    private IEnumerable<ClusterMember> Active() => membership.CurrentSnapshot.Members.Values.Where(m => m.Status == SiloStatus.Active);

    /// <summary>What is known of silos, those that serve the model, and per shard which.</summary>
    private sealed record Assignment(IReadOnlyList<SiloOffer> Known, IReadOnlyList<SiloOffer> Silos, IReadOnlyList<SiloOffer?> Holders);
}
