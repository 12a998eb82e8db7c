namespace Mend.Models.Tests.Families.Naive;

/// <summary>A mixture of experts as the papers have it: one token, float64, every expert looked at.</summary>
internal sealed record NaiveExperts(int Experts, int PerToken)
{
    public bool Sigmoid { get; init; }

    public bool Normalised { get; init; }

    public double Scale { get; init; } = 1;

    public int Groups { get; init; } = 1;

    public int GroupsPerToken { get; init; } = 1;

    public int BestOfGroup { get; init; } = 1;

    public bool Corrected { get; init; }

    public string Module { get; init; } = "mlp";

    public (string Gate, string Up, string Down) Names { get; init; } = ("gate_proj", "up_proj", "down_proj");

    public string? Shared { get; init; }

    public string? SharedGate { get; init; }

    public double[] Compute(NaiveLlama model, string layer, double[] x)
    {
        string prefix = $"{layer}.{Module}";
        double[] scores = Scores(model.Linear(x, $"{prefix}.gate"));
        int[] chosen = Choose(Corrected ? [.. scores.Zip(model.Weights[$"{prefix}.gate.e_score_correction_bias"], (a, b) => a + b)] : scores);
        double total = Normalised ? chosen.Sum(e => scores[e]) : 1;
        double[] y = new double[x.Length];
        foreach (int e in chosen)
        {
            double[] said = model.Mlp($"{prefix}.experts.{e}", x, Names.Gate, Names.Up, Names.Down);
            y = [.. y.Zip(said, (a, b) => a + (Scale * scores[e] / total * b))];
        }

        if (Shared is null)
        {
            return y;
        }

        double share = SharedGate is null ? 1 : Sigma(model.Linear(x, $"{prefix}.{SharedGate}")[0]);
        return [.. y.Zip(model.Mlp($"{prefix}.{Shared}", x), (a, b) => a + (share * b))];
    }

    /// <summary>The best experts of the best groups.</summary>
    public int[] Choose(double[] scores)
    {
        int size = Experts / Groups;
        HashSet<int> open = [.. scores.Chunk(size).Index()
            .OrderByDescending(g => g.Item.OrderDescending().Take(BestOfGroup).Sum()).Take(GroupsPerToken).Select(g => g.Index)];
        return [.. scores.Index().Where(s => open.Contains(s.Index / size)).OrderByDescending(s => s.Item).Take(PerToken).Select(s => s.Index).Order()];
    }

    private double[] Scores(double[] logits)
    {
        double sum = logits.Sum(Math.Exp);
        return [.. logits.Select(l => Sigmoid ? Sigma(l) : Math.Exp(l) / sum)];
    }

    private static double Sigma(double x) => 1 / (1 + Math.Exp(-x));
}
