using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>Where the parts of a model are. See <see cref="ModelLayout"/>.</summary>
/// <param name="Shards">End of each shard's range of stages.</param>
/// <param name="Silos">What the silos hold; one that did not answer is left out.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.layout")]
public sealed record WireLayout([property: Id(0)] int[] Shards, [property: Id(1)] WireSilo[] Silos)
{
    /// <summary>The layout.</summary>
    public ModelLayout ToLayout()
    {
        List<ShardLayout> shards = [];
        foreach (int end in Shards)
        {
            StageRange range = new(shards.Count == 0 ? 0 : shards[^1].Stages.End, end);
            (string? silo, WireShardState? state) = Silos.SelectMany(s => s.Shards.Select(held => ((string?)s.Name, (WireShardState?)held))).FirstOrDefault(h => h.Item2!.Shard == shards.Count);
            shards.Add(new ShardLayout(shards.Count, range, state?.Bytes, silo, state?.StagesLoaded ?? 0, state?.Serves == true));
        }

        return new ModelLayout(shards, [.. Silos.Select(s => new SiloLayout(s.Name, s.Memory))]);
    }

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireLayout);
}

/// <summary>What a silo holds now.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Memory">Bytes of memory that it uses.</param>
/// <param name="Shards">The shards that belong to it.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.silo")]
public sealed record WireSilo([property: Id(0)] string Name, [property: Id(1)] long Memory, [property: Id(2)] WireShardState[] Shards)
{
    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireSilo);
}

/// <summary>How far a silo is with a shard. See <see cref="ShardState"/>.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="StagesLoaded">Stages loaded so far.</param>
/// <param name="Serves">Whether it answers passes.</param>
/// <param name="Bytes">Bytes of its weights.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.shard-state")]
public sealed record WireShardState([property: Id(0)] int Shard, [property: Id(1)] int StagesLoaded, [property: Id(2)] bool Serves, [property: Id(3)] long Bytes)
{
    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireShardState);
}
