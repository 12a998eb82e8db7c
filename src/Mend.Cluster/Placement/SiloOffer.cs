using System.Globalization;

namespace Mend.Cluster;

/// <summary>What a silo tells the others about itself, in its metadata.</summary>
/// <param name="Silo">Its address.</param>
/// <param name="Name">Its name, which stays when it restarts.</param>
/// <param name="Roles">Shards it is there for; null for any.</param>
/// <param name="Memory">Bytes for weights; null for any number.</param>
/// <param name="Share">Whether it may hold several shards.</param>
internal sealed record SiloOffer(SiloAddress Silo, string Name, IReadOnlySet<int>? Roles, long? Memory, bool Share)
{
    private const string OfferKey = "mend.offer";
    private const string RolesKey = "mend.roles";
    private const string MemoryKey = "mend.memory";
    private const string ShareKey = "mend.share";

    /// <summary>What the options say, as metadata.</summary>
    public static Dictionary<string, string> Metadata(SiloShardOptions options)
    {
        Dictionary<string, string> metadata = new() { [OfferKey] = "1", [ShareKey] = options.ShareSilo ? "1" : "0" };
        if (options.Roles is { } roles)
        {
            metadata[RolesKey] = string.Join(',', roles.Select(r => r.ToString(CultureInfo.InvariantCulture)));
        }

        if (options.DeviceMemory is { } memory)
        {
            metadata[MemoryKey] = memory.ToString(CultureInfo.InvariantCulture);
        }

        return metadata;
    }

    /// <summary>Reads a silo's metadata; null while it is not known, and of silos that hold no shards.</summary>
    public static SiloOffer? Read(SiloAddress silo, string name, IReadOnlyDictionary<string, string>? values)
    {
        if (values is null || !values.ContainsKey(OfferKey))
        {
            return null;
        }

        HashSet<int>? roles = values.TryGetValue(RolesKey, out string? list)
            ? [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(r => int.Parse(r, CultureInfo.InvariantCulture))]
            : null;
        long? memory = values.TryGetValue(MemoryKey, out string? bytes) ? long.Parse(bytes, CultureInfo.InvariantCulture) : null;
        return new SiloOffer(silo, name, roles, memory, values.GetValueOrDefault(ShareKey) == "1");
    }
}
