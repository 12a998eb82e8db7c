using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>What one silo offers to the shards of a model.</summary>
public sealed class SiloShardOptions
{
    /// <summary>Indices of the shards this silo is there for; null lets the cluster choose among the silos that have the memory.</summary>
    public int[]? Roles { get; set; }

    /// <summary>Bytes of memory for weights; null for as much as is wanted. Not looked at where there are roles.</summary>
    public long? DeviceMemory { get; set; }

    /// <summary>Whether this silo may hold several shards of the model.</summary>
    public bool ShareSilo { get; set; }

    /// <summary>Where to compute, as --engine has it.</summary>
    public string Engine { get; set; } = "cpu";

    /// <summary>Number type of products with the model's weights, as --compute has it.</summary>
    public ComputeType Compute { get; set; }

    /// <summary>Threads of the engine; 0 takes one per processor.</summary>
    public int Threads { get; set; }

    /// <summary>Passes that may wait for the engine before more are refused.</summary>
    public int QueueLimit { get; set; } = EngineQueue.DefaultCapacity;

    /// <summary>Whether activations and gradients leave this silo as bfloat16: half the bytes, and no longer the bits of one process.</summary>
    public bool Bf16OnTheWire { get; set; }

    /// <summary>What is wrong with the values, a line each.</summary>
    /// <param name="shards">Number of shards of the model.</param>
    public IEnumerable<string> Problems(int shards)
    {
        foreach (int role in (Roles ?? []).Where(r => r < 0 || r >= shards))
        {
            yield return $"Roles names shard {role}; the model has shards 0 to {shards - 1}.";
        }

        if (DeviceMemory < 1)
        {
            yield return $"DeviceMemory is {DeviceMemory}; at least 1 byte is wanted.";
        }

        if (!EngineName.TryParse(Engine, out _))
        {
            yield return $"Engine is '{Engine}'; {Engines.Choices} is wanted.";
        }

        if (Threads < 0)
        {
            yield return $"Threads is {Threads}; 0 or more is wanted.";
        }

        if (QueueLimit < 1)
        {
            yield return $"QueueLimit is {QueueLimit}; at least 1 is wanted.";
        }
    }
}
