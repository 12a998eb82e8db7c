using Mend.Models;

namespace Mend.Sharding;

/// <summary>
/// Which stages each shard holds: contiguous, in order, nothing left out. Embeddings stay with the first block after
/// them, norms and the head with the last block before them. Immutable.
/// </summary>
public sealed class ShardPlan
{
    private ShardPlan(IReadOnlyList<StageRange> shards) => Shards = shards;

    /// <summary>The shards, first to last.</summary>
    public IReadOnlyList<StageRange> Shards { get; }

    /// <summary>Splits a model so that the largest shard is as small as it can be.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="shards">Number of shards, from 1 to the number of blocks.</param>
    /// <param name="bytes">Bytes of a parameter; null counts its elements.</param>
    /// <exception cref="ShardPlanException">There are more shards than blocks.</exception>
    public static ShardPlan Balanced(ModelArchitecture architecture, int shards, Func<ParameterSpec, long>? bytes = null)
    {
        IReadOnlyList<StageRange> units = Units(architecture);
        if (shards < 1 || shards > units.Count)
        {
            throw new ShardPlanException($"The model has {units.Count} blocks and cannot be split into {shards} shards; ask for 1 to {units.Count}.");
        }

        long[,] cost = Costs(architecture, units, bytes ?? (p => p.Stored.Length));

        // least[k, n]: the smallest possible largest shard when the first n units go to k shards.
        long[,] least = new long[shards + 1, units.Count + 1];
        int[,] cut = new int[shards + 1, units.Count + 1];
        for (int n = 1; n <= units.Count; n++)
        {
            least[1, n] = cost[0, n];
        }

        for (int k = 2; k <= shards; k++)
        {
            for (int n = k; n <= units.Count; n++)
            {
                least[k, n] = long.MaxValue;
                for (int at = k - 1; at < n; at++)
                {
                    long largest = Math.Max(least[k - 1, at], cost[at, n]);
                    if (largest < least[k, n])
                    {
                        (least[k, n], cut[k, n]) = (largest, at);
                    }
                }
            }
        }

        StageRange[] result = new StageRange[shards];
        for (int k = shards, n = units.Count; k >= 1; k--)
        {
            int start = k == 1 ? 0 : cut[k, n];
            result[k - 1] = new StageRange(units[start].Start, units[n - 1].End);
            n = start;
        }

        return new ShardPlan(result);
    }

    /// <summary>Takes given ranges.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="shards">The shards, first to last.</param>
    /// <exception cref="ShardPlanException">The ranges leave a gap, overlap, or do not cover all stages.</exception>
    public static ShardPlan Explicit(ModelArchitecture architecture, IReadOnlyList<StageRange> shards)
    {
        int expected = 0;
        foreach (StageRange shard in shards)
        {
            if (shard.Start != expected)
            {
                throw new ShardPlanException($"Shard {shard} does not start where the one before ends ({expected}); ranges must follow each other without gap.");
            }

            expected = shard.End;
        }

        if (expected != architecture.Stages.Count)
        {
            throw new ShardPlanException($"The shards end at stage {expected} and the model has {architecture.Stages.Count}; cover them all.");
        }

        return new ShardPlan([.. shards]);
    }

    /// <summary>The shard that holds a stage.</summary>
    /// <param name="stage">The stage.</param>
    public int ShardOf(int stage)
    {
        for (int i = 0; i < Shards.Count; i++)
        {
            if (Shards[i].Contains(stage))
            {
                return i;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(stage), stage, "No shard holds that stage.");
    }

    /// <summary>Bytes of the parameters that a range of stages reads; a parameter that several of its stages read counts once.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="range">The stages.</param>
    /// <param name="bytes">Bytes of a parameter.</param>
    public static long StageBytes(ModelArchitecture architecture, StageRange range, Func<ParameterSpec, long> bytes) =>
        architecture.Stages.Skip(range.Start).Take(range.End - range.Start)
            .SelectMany(s => s.Parameters).DistinctBy(p => p.Name).Sum(bytes);

    /// <summary>Bytes of units start..end together; a parameter that several of them read counts once.</summary>
    private static long[,] Costs(ModelArchitecture architecture, IReadOnlyList<StageRange> units, Func<ParameterSpec, long> bytes)
    {
        long[,] cost = new long[units.Count, units.Count + 1];
        for (int start = 0; start < units.Count; start++)
        {
            HashSet<string> seen = [];
            for (int end = start; end < units.Count; end++)
            {
                IEnumerable<ParameterSpec> parameters = architecture.Stages.Take(units[end].Start..units[end].End).SelectMany(s => s.Parameters);
                cost[start, end + 1] = cost[start, end] + parameters.Where(p => seen.Add(p.Name)).Sum(bytes);
            }
        }

        return cost;
    }

    /// <summary>One range per block, with the stages around it that must stay with it.</summary>
    private static IReadOnlyList<StageRange> Units(ModelArchitecture architecture)
    {
        List<StageRange> units = [];
        int start = 0;
        for (int i = 0; i < architecture.Stages.Count; i++)
        {
            bool lastBlock = !architecture.Stages.Skip(i + 1).Any(s => s.Kind == StageKind.Block);
            StageKind? next = i + 1 < architecture.Stages.Count ? architecture.Stages[i + 1].Kind : null;
            if (architecture.Stages[i].Kind is StageKind.Block or StageKind.Norm && !lastBlock && next is StageKind.Block or StageKind.Embedding
                && architecture.Stages.Skip(start).Take(i + 1 - start).Any(s => s.Kind == StageKind.Block))
            {
                units.Add(new StageRange(start, i + 1));
                start = i + 1;
            }
        }

        units.Add(new StageRange(start, architecture.Stages.Count));
        return units;
    }
}

/// <summary>A model cannot be split as asked.</summary>
public sealed class ShardPlanException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was asked and what is possible.</param>
    public ShardPlanException(string message)
        : base(message)
    {
    }
}
