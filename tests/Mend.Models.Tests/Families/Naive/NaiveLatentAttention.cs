namespace Mend.Models.Tests.Families.Naive;

/// <summary>Multi-head latent attention as its paper has it: one text, token by token, float64, no tricks.</summary>
internal sealed record NaiveLatentAttention(int Heads, int? QueryRank, int KeyRank, int Plain, int Turned, int Value)
{
    private const double Epsilon = 1e-6;

    public bool Interleaved { get; init; } = true;

    /// <summary>Angle per position of a pair.</summary>
    public required Func<int, double> Angle { get; init; }

    /// <summary>Factor on the scores beside that of the head's size.</summary>
    public double Factor { get; init; } = 1;

    public double[][] Compute(NaiveLlama model, string layer, double[][] x)
    {
        string own = $"{layer}.self_attn";
        double[][] queries = [.. x.Select(row => model.Linear(QueryInput(model, own, row), QueryRank is null ? $"{own}.q_proj" : $"{own}.q_b_proj"))];
        double[][] latent = [.. x.Select(row => model.Linear(row, $"{own}.kv_a_proj_with_mqa"))];
        double[][] both = [.. latent.Select(row => model.Linear(model.Norm(row[..KeyRank], $"{own}.kv_a_layernorm", Epsilon), $"{own}.kv_b_proj"))];
        double[][] merged = [.. x.Select(_ => new double[Heads * Value])];
        for (int head = 0; head < Heads; head++)
        {
            (int q, int kv) = (head * (Plain + Turned), head * (Plain + Value));
            for (int i = 0; i < x.Length; i++)
            {
                double[] query = [.. queries[i][q..(q + Plain)], .. Turn(queries[i][(q + Plain)..(q + Plain + Turned)], i)];
                double[] scores = [.. Enumerable.Range(0, i + 1).Select(j =>
                {
                    double[] key = [.. both[j][kv..(kv + Plain)], .. Turn(latent[j][KeyRank..], j)];
                    return Factor * query.Zip(key, (a, b) => a * b).Sum() / Math.Sqrt(Plain + Turned);
                })];
                double[] weights = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
                for (int d = 0; d < Value; d++)
                {
                    merged[i][(head * Value) + d] = weights.Select((p, j) => p * both[j][kv + Plain + d]).Sum() / weights.Sum();
                }
            }
        }

        return [.. merged.Select(row => model.Linear(row, $"{own}.o_proj"))];
    }

    private double[] QueryInput(NaiveLlama model, string own, double[] row) =>
        QueryRank is null ? row : model.Norm(model.Linear(row, $"{own}.q_a_proj"), $"{own}.q_a_layernorm", Epsilon);

    private double[] Turn(double[] part, int position)
    {
        double[] turned = new double[Turned];
        for (int j = 0; j < Turned / 2; j++)
        {
            (int a, int b) = Interleaved ? (2 * j, (2 * j) + 1) : (j, j + (Turned / 2));
            double angle = position * Angle(j);
            turned[a] = (part[a] * Math.Cos(angle)) - (part[b] * Math.Sin(angle));
            turned[b] = (part[b] * Math.Cos(angle)) + (part[a] * Math.Sin(angle));
        }

        return turned;
    }
}
