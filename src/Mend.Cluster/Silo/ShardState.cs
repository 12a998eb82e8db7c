namespace Mend.Cluster;

/// <summary>How far a silo is with one shard that belongs to it.</summary>
/// <param name="Shard">The shard.</param>
/// <param name="StagesLoaded">Stages loaded so far.</param>
/// <param name="Stages">Stages it has.</param>
/// <param name="Serves">Whether it answers passes.</param>
/// <param name="Fault">Why loading failed last, or null.</param>
public sealed record ShardState(int Shard, int StagesLoaded, int Stages, bool Serves, string? Fault);
