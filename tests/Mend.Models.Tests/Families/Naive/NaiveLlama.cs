namespace Mend.Models.Tests.Families.Naive;

/// <summary>
/// Llama, Mistral and Qwen written down as their papers have them: one text, token by token, float64, no tricks. S tokens, C width.
/// </summary>
internal sealed record NaiveLlama(Dictionary<string, double[]> Weights, int Width, int Inner, int Heads, int KeyHeads, int HeadSize, double Epsilon) : INaiveModel
{
    public required bool Tied { get; init; }

    public required int?[] Windows { get; init; }

    public double Theta { get; init; } = 10000;

    public double Shrink { get; init; } = 1;

    /// <summary>Attention of another kind over the normalised rows of a text; null means Llama's.</summary>
    public Func<NaiveLlama, string, double[][], double[][]>? OtherAttention { get; init; }

    /// <summary>What stands in place of a layer's MLP, by the layer's number; null, of either, means an MLP.</summary>
    public Func<int, Func<NaiveLlama, string, double[], double[]>?>? OtherMlp { get; init; }

    /// <inheritdoc/>
    public double[][] Logits(double[][] x)
    {
        for (int layer = 0; layer < Windows.Length; layer++)
        {
            string prefix = $"model.layers.{layer}";
            double[][] normed = [.. x.Select(row => Norm(row, $"{prefix}.input_layernorm"))];
            x = Add(x, OtherAttention?.Invoke(this, prefix, normed) ?? Attend(prefix, normed, Windows[layer]));
            Func<NaiveLlama, string, double[], double[]>? other = OtherMlp?.Invoke(layer);
            x = Add(x, [.. x.Select(row => Norm(row, $"{prefix}.post_attention_layernorm")).Select(row => other?.Invoke(this, prefix, row) ?? Mlp($"{prefix}.mlp", row))]);
        }

        return [.. x.Select(row => Linear(Norm(row, "model.norm"), Tied ? "model.embed_tokens" : "lm_head"))];
    }

    /// <inheritdoc/>
    public double[] Entering(int id, int position) => Weights["model.embed_tokens.weight"][(id * Width)..((id + 1) * Width)];

    private double[][] Attend(string prefix, double[][] x, int? window)
    {
        double[][] q = [.. x.Select(row => Linear(row, $"{prefix}.self_attn.q_proj"))];
        double[][] k = [.. x.Select(row => Linear(row, $"{prefix}.self_attn.k_proj"))];
        double[][] v = [.. x.Select(row => Linear(row, $"{prefix}.self_attn.v_proj"))];
        double[][] merged = [.. x.Select(_ => new double[Heads * HeadSize])];
        for (int head = 0; head < Heads; head++)
        {
            int own = head / (Heads / KeyHeads);
            for (int i = 0; i < x.Length; i++)
            {
                int first = window is { } w ? Math.Max(0, i - w + 1) : 0;
                double[] query = Turn(HeadNorm(Part(q[i], head), $"{prefix}.self_attn.q_norm"), i);
                double[] scores = [.. Enumerable.Range(first, i - first + 1).Select(j =>
                {
                    double[] key = Turn(HeadNorm(Part(k[j], own), $"{prefix}.self_attn.k_norm"), j);
                    return query.Zip(key, (a, b) => a * b).Sum() / Math.Sqrt(HeadSize);
                })];
                double[] weights = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
                for (int d = 0; d < HeadSize; d++)
                {
                    merged[i][(head * HeadSize) + d] = weights.Select((p, j) => p * Part(v[first + j], own)[d]).Sum() / weights.Sum();
                }
            }
        }

        return [.. merged.Select(row => Linear(row, $"{prefix}.self_attn.o_proj"))];
    }

    private double[] Turn(double[] head, int position)
    {
        double[] turned = new double[HeadSize];
        int half = HeadSize / 2;
        for (int j = 0; j < half; j++)
        {
            double angle = position * Math.Pow(Theta, -2.0 * j / HeadSize) / Shrink;
            turned[j] = (head[j] * Math.Cos(angle)) - (head[j + half] * Math.Sin(angle));
            turned[j + half] = (head[j + half] * Math.Cos(angle)) + (head[j] * Math.Sin(angle));
        }

        return turned;
    }

    public double[] Mlp(string prefix, double[] x, string gate = "gate_proj", string up = "up_proj", string down = "down_proj")
    {
        double[] opened = [.. Linear(x, $"{prefix}.{gate}").Select(g => g / (1 + Math.Exp(-g)))];
        return Linear([.. opened.Zip(Linear(x, $"{prefix}.{up}"), (a, b) => a * b)], $"{prefix}.{down}");
    }

    private double[] HeadNorm(double[] head, string name) => Weights.ContainsKey(name + ".weight") ? Norm(head, name) : head;

    public double[] Norm(double[] x, string name, double? epsilon = null)
    {
        double root = Math.Sqrt((x.Sum(v => v * v) / x.Length) + (epsilon ?? Epsilon));
        return [.. x.Select((v, i) => v / root * Weights[name + ".weight"][i])];
    }

    /// <summary>W x + b with W [out, in] and b where there is one.</summary>
    public double[] Linear(double[] x, string name)
    {
        double[] w = Weights[name + ".weight"];
        double[]? bias = Weights.GetValueOrDefault(name + ".bias");
        return [.. Enumerable.Range(0, w.Length / x.Length).Select(o => x.Select((v, i) => v * w[(o * x.Length) + i]).Sum() + (bias?[o] ?? 0))];
    }

    private double[] Part(double[] row, int head) => row[(head * HeadSize)..((head + 1) * HeadSize)];

    private static double[][] Add(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (p, q) => p + q).ToArray())];
}
