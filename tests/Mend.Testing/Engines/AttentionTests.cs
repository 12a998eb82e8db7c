using Mend.Tensors;

namespace Mend.Testing;

/// <summary>Attention of texts that grow, against softmax(scale · q Kᵀ + bias) V in float64 over each whole text.</summary>
public abstract class AttentionTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    /// <summary>Heads, key heads, key size, value size, window, limit, whether there is a bias.</summary>
    public static TheoryData<string, int, int, int, int, int, double, bool> Cases
    {
        get
        {
            TheoryData<string, int, int, int, int, int, double, bool> cases = [];
            foreach (string engine in TEngines.Available)
            {
                cases.Add(engine, 4, 4, 16, 16, 0, 0, false);
                cases.Add(engine, 6, 2, 8, 12, 0, 0, false);
                cases.Add(engine, 8, 1, 5, 7, 0, 0, true);
                cases.Add(engine, 3, 3, 33, 16, 9, 0, false);
                cases.Add(engine, 4, 2, 16, 16, 0, 2.5, false);
                cases.Add(engine, 2, 1, 8, 8, 270, 1.5, true);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attend_TextsThatGrowByPieces_EqualsReference(string name, int heads, int keyHeads, int keySize, int valueSize, int window, double cap, bool biased)
    {
        using IEngine engine = TEngines.Create(name);
        AttentionSettings settings = new(0.4f, window == 0 ? null : window, cap == 0 ? null : (float)cap);

        // The third text crosses pages, and windows that begin behind the first chunk of a sum.
        AttentionText[] texts =
        [
            new(1, [1, 1, 3, 2], heads, keyHeads, keySize, valueSize, biased),
            new(2, [5, 1, 1, 1], heads, keyHeads, keySize, valueSize, biased),
            new(3, [70, 130, 101, 29], heads, keyHeads, keySize, valueSize, biased),
        ];
        for (int step = 0; step < 4; step++)
        {
            float[][] rows = AttentionText.Step(engine, texts, settings);
            for (int i = 0; i < texts.Length; i++)
            {
                Values.AssertClose(texts[i].Expected(settings), rows[i], 2e-5, 2e-5, $"step {step}, text {i}");
            }
        }

        Assert.All(texts, t => Assert.Equal((t.Length, (t.Length + 63) / 64 * 64), (t.Memory!.Length, t.Memory.Capacity)));
        foreach (AttentionText text in texts)
        {
            text.Memory!.Dispose();
        }

        Assert.Equal(0, TEngines.LiveTensors(engine));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Attend_RowsThatDoNotFit_AreRefused(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using IEngine other = TEngines.Create(name);
        using Tensor q = engine.Zeros([1, 2, 4, 8]);
        using Tensor k = engine.Zeros([1, 2, 2, 8]);
        using Tensor narrow = engine.Zeros([1, 2, 2, 7]);
        using KeyValues memory = engine.NewKeyValues(2, 8, 8);
        using KeyValues foreign = other.NewKeyValues(2, 8, 8);
        using Tensor bias = engine.Zeros([1, 4, 1, 3]);

        Assert.Throws<ShapeException>(() => engine.Attend(q, k, k, [new TextKeys(memory, 1)], new AttentionSettings(1f)));
        Assert.Throws<ShapeException>(() => engine.Attend(q, narrow, k, [new TextKeys(memory, 2)], new AttentionSettings(1f)));
        Assert.Throws<ShapeException>(() => engine.Attend(q, k, narrow, [new TextKeys(memory, 2)], new AttentionSettings(1f)));
        Assert.Throws<ShapeException>(() => engine.Attend(q, k, k, [new TextKeys(memory, 2, bias)], new AttentionSettings(1f)));
        Assert.Throws<ArgumentException>(() => engine.Attend(q, k, k, [new TextKeys(foreign, 2)], new AttentionSettings(1f)));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Attend(q, k, k, [new TextKeys(memory, 2)], new AttentionSettings(1f, Window: 0)));
        Assert.Equal(0, memory.Length);
    }
}

/// <summary>A text of random queries, keys and values, which grows step by step.</summary>
public sealed class AttentionText(int seed, int[] steps, int heads, int keyHeads, int keySize, int valueSize, bool biased)
{
    private readonly float[] _q = Values.Random((long)steps.Sum() * heads * keySize, seed);
    private readonly float[] _k = Values.Random((long)steps.Sum() * keyHeads * keySize, seed + 100);
    private readonly float[] _v = Values.Random((long)steps.Sum() * keyHeads * valueSize, seed + 200);
    private int _step;
    private int _rows;

    public KeyValues? Memory { get; private set; }

    public int Length { get; private set; }

    /// <summary>Takes the next step of each text in one operation; the result's rows by text.</summary>
    public static float[][] Step(IEngine engine, AttentionText[] texts, in AttentionSettings settings)
    {
        foreach (AttentionText text in texts)
        {
            text.Begin(engine);
        }

        AttentionText first = texts[0];
        int all = texts.Sum(t => t._rows);
        using Tensor q = engine.FromHost([.. texts.SelectMany(t => t.New(t._q, first.Heads * first.KeySize))], [1, all, first.Heads, first.KeySize]);
        using Tensor k = engine.FromHost([.. texts.SelectMany(t => t.New(t._k, first.KeyHeads * first.KeySize))], [1, all, first.KeyHeads, first.KeySize]);
        using Tensor v = engine.FromHost([.. texts.SelectMany(t => t.New(t._v, first.KeyHeads * first.ValueSize))], [1, all, first.KeyHeads, first.ValueSize]);
        Tensor?[] biases = [.. texts.Select(t => t.Bias(engine))];
        float[] y = engine.Take(engine.Attend(q, k, v, [.. texts.Select((t, i) => new TextKeys(t.Memory!, t._rows, biases[i]))], settings));
        foreach (Tensor? bias in biases)
        {
            bias?.Dispose();
        }

        int at = 0;
        float[][] rows = new float[texts.Length][];
        for (int i = 0; i < texts.Length; i++)
        {
            int length = texts[i]._rows * first.Heads * first.ValueSize;
            rows[i] = y[at..(at + length)];
            at += length;
        }

        return rows;
    }

    /// <summary>What the rows of the last step should be.</summary>
    public double[] Expected(in AttentionSettings settings)
    {
        List<double> rows = [];
        for (int position = Length - _rows; position < Length; position++)
        {
            for (int head = 0; head < Heads; head++)
            {
                rows.AddRange(Row(position, head, head / (Heads / KeyHeads), settings));
            }
        }

        return [.. rows];
    }

    private int Heads => heads;

    private int KeyHeads => keyHeads;

    private int KeySize => keySize;

    private int ValueSize => valueSize;

    private static double Slope(int head, int key) => 0.01 * (head + 1) * (key % 17);

    private double[] Row(int position, int head, int keyHead, in AttentionSettings settings)
    {
        int first = Math.Max(0, position + 1 - (settings.Window ?? int.MaxValue));
        double[] scores = new double[position + 1 - first];
        for (int key = first; key <= position; key++)
        {
            double dot = 0;
            for (int i = 0; i < keySize; i++)
            {
                dot += (double)_q[(((position * heads) + head) * keySize) + i] * _k[(((key * keyHeads) + keyHead) * keySize) + i];
            }

            dot *= settings.Scale;
            dot = settings.Cap is { } cap ? cap * Math.Tanh(dot / cap) : dot;
            scores[key - first] = dot + (biased ? Slope(head, key) : 0);
        }

        double max = scores.Max();
        double total = scores.Sum(s => Math.Exp(s - max));
        double[] row = new double[valueSize];
        for (int key = first; key <= position; key++)
        {
            for (int i = 0; i < valueSize; i++)
            {
                row[i] += Math.Exp(scores[key - first] - max) / total * _v[(((key * keyHeads) + keyHead) * valueSize) + i];
            }
        }

        return row;
    }

    private void Begin(IEngine engine)
    {
        Memory ??= engine.NewKeyValues(keyHeads, keySize, valueSize);
        _rows = steps[_step++];
        Length += _rows;
    }

    private IEnumerable<float> New(float[] values, int width) => values.Skip((Length - _rows) * width).Take(_rows * width);

    private Tensor? Bias(IEngine engine) => !biased ? null : engine.FromHost(
        [.. Enumerable.Range(0, heads).SelectMany(head => Enumerable.Range(0, Length).Select(key => (float)Slope(head, key)))], [1, heads, 1, Length]);
}
