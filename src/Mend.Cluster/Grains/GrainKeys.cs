using System.Globalization;

namespace Mend.Cluster;

/// <summary>Keys of the grains. A model's name has no slash; see <see cref="ClusteredModelOptions"/>.</summary>
internal static class GrainKeys
{
    public static string Shard(string model, int shard) => string.Create(CultureInfo.InvariantCulture, $"{model}/{shard}");

    public static string Editor(string model, int shard, string layer) => string.Create(CultureInfo.InvariantCulture, $"{model}/{shard}/{layer}");

    /// <summary>The model that a coordinator's, a shard's or an editor's key names.</summary>
    public static string Model(string key) => key.Split('/', 2)[0];

    /// <summary>The shard that a shard's or an editor's key names.</summary>
    public static int ShardOf(string key) => int.Parse(key.Split('/', 3)[1], CultureInfo.InvariantCulture);

    /// <summary>The layer that an editor's key names.</summary>
    public static string Layer(string key) => key.Split('/', 3)[2];
}
