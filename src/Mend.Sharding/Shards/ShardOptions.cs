namespace Mend.Sharding;

/// <summary>Limits of one shard.</summary>
public sealed record ShardOptions
{
    /// <summary>Summed rank at which edits of a layer are folded into a float32 copy.</summary>
    public int FoldRank { get; init; } = ModelShard.DefaultFoldRank;

    /// <summary>How long a draft is kept after its last use.</summary>
    public TimeSpan DraftLifetime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Bytes of keys and values of all generation sessions, past which no new one is begun and the last ones that began give way to those before them.</summary>
    public long SessionBytes { get; init; } = DefaultSessionBytes;

    /// <summary>Default of <see cref="SessionBytes"/>: a quarter of the memory there is.</summary>
    public static long DefaultSessionBytes => Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4, 1);

    /// <summary>How long a generation session's keys and values are kept after their last use.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromMinutes(5);
}
