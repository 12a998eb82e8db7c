using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>
/// One digest of everything that silos must have in common to compute one model together: its name, files, plan and compute type, and what
/// messages mean. Silos of another digest are not in the map, and what is sent to a shard names the digest that it was made for.
/// </summary>
internal static class ModelDigest
{
    /// <summary>Where the digest of a call travels.</summary>
    public const string Key = "mend.model";

    /// <summary>Raised whenever silos of the release before would misread what is sent, or send what would be misread; helm/mend-cluster/Chart.yaml has it too.</summary>
    public const int WireRelease = 4;

    /// <summary>Computes the digest.</summary>
    /// <param name="name">The model's name in the cluster.</param>
    /// <param name="files">Its configuration, tokenizer and weights.</param>
    /// <param name="plan">Which stages each shard holds.</param>
    /// <param name="compute">Number type of products with the weights.</param>
    /// <param name="message">Bytes of a message at most.</param>
    public static string Of(string name, BaseModelFingerprint files, ShardPlan plan, ComputeType compute, long message)
    {
        IEnumerable<string> lines =
        [
            string.Create(CultureInfo.InvariantCulture, $"wire {WireRelease}"),
            $"name {name}",
            $"plan {string.Join(',', plan.Shards.Select(s => s.End.ToString(CultureInfo.InvariantCulture)))}",
            $"compute {compute}",
            string.Create(CultureInfo.InvariantCulture, $"message {message}"),
            .. files.Parts.Select(p => $"{p.Key} {p.Value}"),
        ];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
    }

    /// <summary>As much of a digest as people compare.</summary>
    public static string Short(string digest) => digest[..Math.Min(8, digest.Length)];
}
