namespace Mend.Models.Tests.Families.Naive;

/// <summary>
/// A decoder of any of the families: one text, token by token, float64, no tricks. What a checkpoint holds decides where there are biases,
/// gains and norms of heads; the rest is said. S tokens, C width.
/// </summary>
internal sealed record NaiveDecoder(Dictionary<string, double[]> Weights, int Width, int Heads, int KeyHeads, int HeadSize) : INaiveModel
{
    public int Layers { get; init; } = 2;

    public double Epsilon { get; init; } = 1e-5;

    /// <summary>Names of tables and norms; a norm's name is null where it does not stand.</summary>
    public string Tokens { get; init; } = "model.embed_tokens";

    public string Head { get; init; } = "lm_head";

    public string? FinalNorm { get; init; } = "model.norm";

    public Func<int, string> Layer { get; init; } = layer => $"model.layers.{layer}.";

    public string? BeforeAttention { get; init; } = "input_layernorm";

    public string? AfterAttention { get; init; }

    public string? BeforeMlp { get; init; } = "post_attention_layernorm";

    public string? AfterMlp { get; init; }

    public string? AfterAttentionSum { get; init; }

    public string? AfterMlpSum { get; init; }

    public string Attention { get; init; } = "self_attn.";

    /// <summary>q, k, v and out; or the matrix of all three and out.</summary>
    public string[] Projections { get; init; } = ["q_proj", "k_proj", "v_proj", "o_proj"];

    /// <summary>Whether a matrix of all three goes by key head rather than by kind.</summary>
    public bool Grouped { get; init; }

    /// <summary>up and down; gate, up and down; or what <see cref="GateUp"/> says.</summary>
    public string[] Mlp { get; init; } = ["mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"];

    /// <summary>Whether the first of two matrices is a gate and what it gates.</summary>
    public bool GateUp { get; init; }

    /// <summary>"rms", "rms + 1" or "layer".</summary>
    public string Norms { get; init; } = "rms";

    public Func<double, double> Activation { get; init; } = Silu;

    public bool SideBySide { get; init; }

    public double ResidualScale { get; init; } = 1;

    public double EmbeddingScale { get; init; } = 1;

    public double LogitScale { get; init; } = 1;

    public double? LogitCap { get; init; }

    public double? ScoreScale { get; init; }

    public double? ScoreCap { get; init; }

    public bool Alibi { get; init; }

    public string? Positions { get; init; }

    public int Offset { get; init; }

    public string? Widen { get; init; }

    public string? Narrow { get; init; }

    /// <summary>Window, entries turned and base of a layer.</summary>
    public Func<int, (int? Window, int Turned, double Theta)> Positional { get; init; } = _ => (null, 0, 0);

    public bool Interleaved { get; init; }

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    public static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    public static double Relu(double x) => Math.Max(x, 0);

    /// <summary>x Φ(x), with the integral done by Simpson's rule.</summary>
    public static double Gelu(double x)
    {
        const int Steps = 400;
        double h = x / Steps, sum = 0;
        for (int i = 0; i <= Steps; i++)
        {
            sum += (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2) * Math.Exp(-0.5 * i * h * i * h);
        }

        return x * (0.5 + (sum * h / 3 / Math.Sqrt(2 * Math.PI)));
    }

    /// <inheritdoc/>
    public double[] Entering(int id, int position)
    {
        double[] token = Row(Tokens, id, Widen is null ? Width : Weights[$"{Widen}.weight"].Length / Width);
        token = Widen is null ? [.. token.Select(v => v * EmbeddingScale)] : Linear(token, Widen);
        return Positions is null ? token : Sum(token, Row(Positions, position + Offset, Width));
    }

    /// <inheritdoc/>
    public double[][] Logits(double[][] x)
    {
        for (int i = 0; i < Layers; i++)
        {
            string layer = Layer(i);
            double[][] normed = Each(x, row => Norm(row, layer, BeforeAttention));
            double[][] attended = Each(Attend(i, normed), row => Norm(row, layer, AfterAttention));
            double[][] h = Each(Add(x, attended), row => Norm(row, layer, AfterAttentionSum));
            double[][] entering = SideBySide && BeforeMlp is null ? normed : Each(SideBySide ? x : h, row => Norm(row, layer, BeforeMlp));
            x = Each(Add(h, Each(entering, row => Norm(Compute(layer, row), layer, AfterMlp))), row => Norm(row, layer, AfterMlpSum));
        }

        double[][] last = Each(Each(x, row => Norm(row, "", FinalNorm)), row => Narrow is null ? row : Linear(row, Narrow));
        return Each(last, row => [.. Linear(row, Head).Select(l => Capped(l * LogitScale, LogitCap))]);
    }

    private double[] Compute(string layer, double[] x)
    {
        double[] first = Linear(x, layer + Mlp[0]);
        if (Mlp.Length == 3)
        {
            return Linear([.. first.Zip(Linear(x, layer + Mlp[1]), (g, u) => Activation(g) * u)], layer + Mlp[2]);
        }

        int half = first.Length / 2;
        return Linear(GateUp ? [.. first[..half].Zip(first[half..], (g, u) => Activation(g) * u)] : [.. first.Select(Activation)], layer + Mlp[1]);
    }

    private double[][] Attend(int number, double[][] x)
    {
        string own = Layer(number) + Attention;
        (int? window, int turned, double theta) = Positional(number);
        (double[][] Q, double[][] K, double[][] V)[] parts = [.. x.Select((row, i) => Parts(own, row, i, turned, theta))];
        double[][] merged = Each(x, _ => new double[Heads * HeadSize]);
        for (int head = 0; head < Heads; head++)
        {
            int key = head / (Heads / KeyHeads);
            for (int i = 0; i < x.Length; i++)
            {
                int first = window is { } w ? Math.Max(0, i - w + 1) : 0;
                double[] scores = [.. Enumerable.Range(first, i - first + 1).Select(j =>
                {
                    double product = parts[i].Q[head].Zip(parts[j].K[key], (a, b) => a * b).Sum() + (Alibi ? Slope(head) * j : 0);
                    return Capped(product * (ScoreScale ?? (1 / Math.Sqrt(HeadSize))), ScoreCap);
                })];
                double[] weights = [.. scores.Select(s => Math.Exp(s - scores.Max()))];
                for (int d = 0; d < HeadSize; d++)
                {
                    merged[i][(head * HeadSize) + d] = weights.Select((p, j) => p * parts[first + j].V[key][d]).Sum() / weights.Sum();
                }
            }
        }

        return Each(merged, row => Linear(row, own + Projections[^1]));
    }

    /// <summary>Queries, keys and values of a token, head by head.</summary>
    private (double[][] Q, double[][] K, double[][] V) Parts(string own, double[] row, int position, int turned, double theta)
    {
        double[] flat = [.. Projections[..^1].SelectMany(name => Linear(row, own + name))];
        double[][] all = [.. flat.Chunk(HeadSize)];
        int per = Heads / KeyHeads;
        (double[][] q, double[][] k, double[][] v) = Grouped
            ? ([.. Enumerable.Range(0, Heads).Select(h => all[(h / per * (per + 2)) + (h % per)])],
                [.. Enumerable.Range(0, KeyHeads).Select(h => all[(h * (per + 2)) + per])],
                [.. Enumerable.Range(0, KeyHeads).Select(h => all[(h * (per + 2)) + per + 1])])
            : (all[..Heads], all[Heads..(Heads + KeyHeads)], all[(Heads + KeyHeads)..]);
        return (Each(NormHeads(q, own + "q"), h => Turn(h, position, turned, theta)), Each(NormHeads(k, own + "k"), h => Turn(h, position, turned, theta)), v);
    }

    private double[][] NormHeads(double[][] heads, string name)
    {
        if (Weights.ContainsKey($"{name}_layernorm.norms.0.weight"))
        {
            return [.. heads.Select((head, i) => Normalised(head, Weights[$"{name}_layernorm.norms.{i}.weight"]))];
        }

        if (!Weights.TryGetValue($"{name}_norm.weight", out double[]? gain))
        {
            return heads;
        }

        if (gain.Length == HeadSize)
        {
            return Each(heads, head => Normalised(head, gain));
        }

        // Cohere normalises each head with gains of its own, OLMo 2 all of them as one row.
        return Norms == "layer"
            ? [.. heads.Select((head, i) => Normalised(head, gain[(i * HeadSize)..((i + 1) * HeadSize)]))]
            : [.. Normalised([.. heads.SelectMany(h => h)], gain).Chunk(HeadSize)];
    }

    private double[] Turn(double[] head, int position, int turned, double theta)
    {
        double[] result = [.. head];
        for (int j = 0; j < turned / 2; j++)
        {
            (int a, int b) = Interleaved ? (2 * j, (2 * j) + 1) : (j, j + (turned / 2));
            double angle = position * Math.Pow(theta, -2.0 * j / turned);
            result[a] = (head[a] * Math.Cos(angle)) - (head[b] * Math.Sin(angle));
            result[b] = (head[b] * Math.Cos(angle)) + (head[a] * Math.Sin(angle));
        }

        return result;
    }

    /// <summary>For 4 heads: 1/4, 1/16, 1/64, 1/256; for 6, two more between: 1/2, 1/8.</summary>
    private double Slope(int head) => Heads switch
    {
        4 => Math.Pow(0.25, head + 1),
        6 => head < 4 ? Math.Pow(0.25, head + 1) : Math.Pow(0.5, (2 * (head - 4)) + 1),
        _ => throw new NotSupportedException(),
    };

    private double[] Norm(double[] row, string layer, string? name)
    {
        if (name is null)
        {
            return row;
        }

        Weights.TryGetValue($"{layer}{name}.weight", out double[]? gain);
        double[] normed = Normalised(row, gain);
        return Weights.TryGetValue($"{layer}{name}.bias", out double[]? bias) ? Sum(normed, bias) : normed;
    }

    private double[] Normalised(double[] row, double[]? gain)
    {
        double mean = Norms == "layer" ? row.Average() : 0;
        double scale = 1 / Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + Epsilon);
        return [.. row.Select((v, i) => (v - mean) * scale * (gain is null ? 1 : Norms == "rms + 1" ? 1 + gain[i] : gain[i]))];
    }

    private double[] Linear(double[] x, string name)
    {
        double[] w = Weights[$"{name}.weight"];
        Weights.TryGetValue($"{name}.bias", out double[]? bias);
        return [.. Enumerable.Range(0, w.Length / x.Length).Select(o => x.Select((v, i) => v * w[(o * x.Length) + i]).Sum() + (bias?[o] ?? 0))];
    }

    private double[] Row(string table, int row, int width) => Weights[$"{table}.weight"][(row * width)..((row + 1) * width)];

    private double[][] Add(double[][] x, double[][] added) => [.. x.Zip(added, (a, b) => Sum(a, [.. b.Select(v => v * ResidualScale)]))];

    private static double Capped(double value, double? cap) => cap is { } most ? most * Math.Tanh(value / most) : value;

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (v, w) => v + w)];

    private static double[][] Each(double[][] rows, Func<double[], double[]> f) => [.. rows.Select(f)];
}
