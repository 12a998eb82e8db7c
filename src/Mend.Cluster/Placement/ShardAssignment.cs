using System.Text;

namespace Mend.Cluster;

/// <summary>
/// Which silo holds which shard: a function of the silos that are there, so every silo comes to the same answer by itself. Silos are
/// told apart by name, so one that restarts gets its shard back.
/// </summary>
internal static class ShardAssignment
{
    /// <summary>Assigns shards.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="bytes">Bytes of each shard's weights.</param>
    /// <param name="silos">The silos that are there.</param>
    /// <returns>Per shard its silo, or null when none is left for it.</returns>
    public static IReadOnlyList<SiloOffer?> Assign(string model, IReadOnlyList<long> bytes, IReadOnlyList<SiloOffer> silos)
    {
        SiloOffer?[] assigned = new SiloOffer?[bytes.Count];
        Dictionary<SiloOffer, long> held = [];
        List<(int Shard, SiloOffer Silo, ulong Weight)> pairs = [.. Enumerable.Range(0, bytes.Count)
            .SelectMany(shard => silos.Where(silo => Offers(silo, shard, bytes[shard])).Select(silo => (shard, silo, Weight(model, shard, silo.Name))))];

        // Each silo one shard first, the strongest pairs before others; roles before memory.
        foreach ((int shard, SiloOffer silo, _) in pairs.OrderBy(p => p.Silo.Roles is null).ThenByDescending(p => p.Weight).ThenBy(p => p.Silo.Name, StringComparer.Ordinal))
        {
            if (assigned[shard] is null && !held.ContainsKey(silo))
            {
                assigned[shard] = silo;
                held[silo] = bytes[shard];
            }
        }

        // Then more on silos that may hold several: those with the least on them.
        for (int shard = 0; shard < bytes.Count; shard++)
        {
            if (assigned[shard] is null)
            {
                assigned[shard] = silos
                    .Where(s => (s.Share || s.Roles?.Count > 1) && Offers(s, shard, bytes[shard] + held.GetValueOrDefault(s)))
                    .OrderBy(held.GetValueOrDefault).ThenByDescending(s => Weight(model, shard, s.Name)).FirstOrDefault();
                if (assigned[shard] is { } silo)
                {
                    held[silo] = held.GetValueOrDefault(silo) + bytes[shard];
                }
            }
        }

        return assigned;
    }

    private static bool Offers(SiloOffer silo, int shard, long bytes) => silo.Roles?.Contains(shard) ?? (silo.Memory is not { } memory || bytes <= memory);

    /// <summary>FNV-1a: equal on every silo, whatever the process.</summary>
    private static ulong Weight(string model, int shard, string silo)
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in Encoding.UTF8.GetBytes($"{model}/{shard}/{silo}"))
        {
            hash = (hash ^ b) * 1099511628211;
        }

        // The last bytes reach the high bits only after some more mixing.
        hash ^= hash >> 32;
        hash *= 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 29);
    }
}
