namespace Mend.Sharding;

/// <summary>Where the parts of a model are now.</summary>
/// <param name="Shards">The shards, first to last.</param>
/// <param name="Silos">The processes that hold them.</param>
public sealed record ModelLayout(IReadOnlyList<ShardLayout> Shards, IReadOnlyList<SiloLayout> Silos);

/// <summary>One shard.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Stages">Its stages.</param>
/// <param name="Bytes">Bytes of its weights; null where nobody is there to tell.</param>
/// <param name="Silo">The process that holds it, or null.</param>
/// <param name="StagesLoaded">Stages that are loaded.</param>
/// <param name="Serves">Whether it answers.</param>
public sealed record ShardLayout(int Shard, StageRange Stages, long? Bytes, string? Silo, int StagesLoaded, bool Serves);

/// <summary>A process that holds shards.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Memory">Bytes of memory that it uses.</param>
public sealed record SiloLayout(string Name, long Memory);
