using System.Text.Json.Serialization;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>Where bytes go, of one shard or of all in one process; see <see cref="Sharding.Footprint"/> for what each is.</summary>
internal record MemoryRow([property: JsonIgnore] Footprint Footprint)
{
    /// <summary>Parameters as stored.</summary>
    public long WeightBytes => Footprint.ParameterBytes;

    /// <summary>Float32 copies of vectors beside them.</summary>
    public long VectorBytes => Footprint.VectorBytes;

    public long EditorBytes => Footprint.EditorBytes;

    /// <summary>Float32 copies of the edited layers, once their edits are folded.</summary>
    public long FoldedBytes => Footprint.FoldedBytes;

    /// <summary>Most in a gradient pass of the batch.</summary>
    public long GradientBytes => Footprint.GradientBytes;

    /// <summary>Most in one edit, the search for its strength included.</summary>
    public long EditBytes => Footprint.EditBytes;

    /// <summary>The greater of the two.</summary>
    public long ActivationBytes => Math.Max(GradientBytes, EditBytes);

    /// <summary>Most while generating, the cache included.</summary>
    public long GenerationBytes => Footprint.GenerationBytes;

    public long CacheBytes => Footprint.CacheBytes;

    public long SendsForwardBytes => Footprint.SentForwardBytes;

    public long SendsBackwardBytes => Footprint.SentBackwardBytes;

    /// <summary>With an edit made while texts are being generated.</summary>
    public long NeededBytes => WeightBytes + VectorBytes + EditorBytes + FoldedBytes + Math.Max(ActivationBytes + CacheBytes, GenerationBytes);

    /// <summary>Every figure that can be measured.</summary>
    [JsonIgnore]
    public IReadOnlyList<long> All =>
    [
        WeightBytes, VectorBytes, EditorBytes, FoldedBytes, GradientBytes, EditBytes, GenerationBytes, CacheBytes, SendsForwardBytes, SendsBackwardBytes,
    ];
}

/// <summary>What running the work with the weights took.</summary>
/// <param name="Shards">Each shard on an engine of its own.</param>
/// <param name="InOneProcess">All on one engine.</param>
/// <param name="LargestDifference">Of any planned figure, as a share of the measured one.</param>
internal sealed record MeasuredPlan(IReadOnlyList<MemoryRow> Shards, MemoryRow InOneProcess, double LargestDifference)
{
    /// <summary>What a plan may be off by.</summary>
    public const double Tolerance = 0.05;
}
