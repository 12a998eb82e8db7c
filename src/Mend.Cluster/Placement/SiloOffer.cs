namespace Mend.Cluster;

/// <summary>What a silo offers to a model's shards, as it tells the others.</summary>
/// <param name="Digest">What it has in common with those that it can serve with; see <see cref="ModelDigest"/>.</param>
/// <param name="ShardBytes">Bytes of each shard's weights, by its plan.</param>
/// <param name="Roles">Shards it is there for; null for any.</param>
/// <param name="Memory">Bytes for weights; null for any number.</param>
/// <param name="Share">Whether it may hold several shards.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.offer")]
internal sealed record WireOffer([property: Id(0)] string Digest, [property: Id(1)] long[] ShardBytes, [property: Id(2)] int[]? Roles, [property: Id(3)] long? Memory, [property: Id(4)] bool Share)
{
    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireOffer);
}

/// <summary>A silo with what it offers.</summary>
/// <param name="Silo">Its address.</param>
/// <param name="Name">Its name, which stays when it restarts.</param>
/// <param name="Digest">See <see cref="WireOffer"/>.</param>
/// <param name="ShardBytes">See <see cref="WireOffer"/>.</param>
/// <param name="Roles">See <see cref="WireOffer"/>.</param>
/// <param name="Memory">See <see cref="WireOffer"/>.</param>
/// <param name="Share">See <see cref="WireOffer"/>.</param>
internal sealed record SiloOffer(SiloAddress Silo, string Name, string Digest, IReadOnlyList<long> ShardBytes, IReadOnlySet<int>? Roles, long? Memory, bool Share)
{
    /// <summary>Reads what a silo has told.</summary>
    public static SiloOffer Of(SiloAddress silo, string name, WireOffer told) => new(silo, name, told.Digest, told.ShardBytes, told.Roles?.ToHashSet(), told.Memory, told.Share);
}
