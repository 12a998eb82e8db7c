using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>What one silo offers to the shards of a model.</summary>
public sealed class SiloShardOptions
{
    /// <summary>Indices of the shards this silo is there for; null lets the cluster choose among the silos that have the memory.</summary>
    [Description("Shards this silo is there for: 0 or 0,2; ordinal takes the number the silo's name ends in. Unset: chosen among silos with memory.")]
    public int[]? Roles { get; set; }

    /// <summary>Bytes of memory for weights; null for as much as is wanted. Not looked at where there are roles.</summary>
    [Description("Memory for weights, such as 24GB, where there are no roles. Unset: as much as is wanted.")]
    [Range(1d, long.MaxValue, ErrorMessage = "a size such as 24GB or 80GiB is wanted")]
    public long? DeviceMemory { get; set; }

    /// <summary>Whether this silo may hold several shards of the model.</summary>
    [Description("Whether this silo may hold several shards.")]
    public bool ShareSilo { get; set; }

    /// <summary>Where to compute, as --engine has it.</summary>
    [Description($"Where to compute: {Engines.Choices}.")]
    [EngineName]
    public string Engine { get; set; } = "cpu";

    /// <summary>Number type of products with the model's weights, as --compute has it.</summary>
    [Description("Number type of products with the weights, f32 or bf16, on torch and cuda:N.")]
    public ComputeType Compute { get; set; }

    /// <summary>Threads of the engine; 0 takes one per processor.</summary>
    [Description("Threads of the engine; 0 takes one per processor.")]
    [Range(0, int.MaxValue, ErrorMessage = "a whole number of at least {1} is wanted")]
    public int Threads { get; set; }

    /// <summary>Passes that may wait for the engine before more are refused.</summary>
    [Description("Passes that may wait for the engine before more are refused.")]
    [Range(1, int.MaxValue, ErrorMessage = "a whole number of at least {1} is wanted")]
    public int QueueLimit { get; set; } = EngineQueue.DefaultCapacity;

    /// <summary>Whether activations and gradients leave this silo as bfloat16: half the bytes, and no longer the bits of one process.</summary>
    [Description("Whether activations leave this silo as bfloat16: half the bytes, and no longer the bits of one process.")]
    public bool Bf16OnTheWire { get; set; }

    /// <summary>Bytes that the requests at work in each shard may take, and messages in pieces on this silo; null for a quarter of the memory there is.</summary>
    [Description("Memory that requests at work may take in each shard. Unset: a quarter of the memory there is.")]
    [Range(1d, long.MaxValue, ErrorMessage = "a size such as 512MB or 4GiB is wanted")]
    public long? RequestMemory { get; set; }

    /// <summary>Bytes that the keys and values of generations may take in each shard; null for a quarter of the memory there is.</summary>
    [Description("Memory that keys and values of generations may take in each shard. Unset: a quarter of the memory there is.")]
    [Range(1d, long.MaxValue, ErrorMessage = "a size such as 512MB or 4GiB is wanted")]
    public long? SessionMemory { get; set; }

    /// <summary>What stands in for memory that is not set.</summary>
    internal static long DefaultMemory => ShardOptions.DefaultSessionBytes;

    /// <summary>What is wrong with the roles, or null.</summary>
    /// <param name="shards">Number of shards of the model.</param>
    public string? RolesProblem(int shards) => Roles is { } roles && roles.Any(role => role < 0 || role >= shards)
        ? $"Roles is '{string.Join(',', roles)}'; the model has shards 0 to {shards - 1}"
        : null;
}
