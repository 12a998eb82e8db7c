using Mend.Tensors;

namespace Mend.Testing;

public abstract class QuantizedTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    private static readonly DType[] Types = [.. Enum.GetValues<DType>().Where(t => t.IsQuantized())];

    public static TheoryData<string, DType> Each
    {
        get
        {
            TheoryData<string, DType> cases = [];
            foreach (string name in TEngines.Available)
            {
                Array.ForEach(Types, type => cases.Add(name, type));
            }

            return cases;
        }
    }

    public static TheoryData<string, DType, WeightLayout> EachLayout
    {
        get
        {
            TheoryData<string, DType, WeightLayout> cases = [];
            foreach (string name in TEngines.Available)
            {
                foreach (DType type in Types)
                {
                    cases.Add(name, type, WeightLayout.OutIn);
                    cases.Add(name, type, WeightLayout.InOut);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void LoadWeight_RandomBlocks_ReadsAsTheFormatSays(string name, DType type)
    {
        using IEngine engine = TEngines.Create(name);
        using StoredWeights stored = new();
        StoredTensor source = stored.StoreBlocks("w", [6, 512], type, 1);
        float[] expected = QuantizedReference.Decode(source);
        using Weight w = engine.LoadWeight(source, WeightLayout.OutIn);
        float[] read = new float[expected.Length];
        engine.ToHost(w, 0, read);

        Assert.Equal(expected, read);
        Assert.Equal(expected, source.ToFloats());
        Assert.Equal(expected, engine.Take(engine.LoadTensor(source)));
        Assert.Equal(expected[1024..1536], engine.Take(engine.Embed(w, [2])));
        float[] rows = new float[1024];
        engine.ToHost(w, 3, rows);
        Assert.Equal(expected[1536..2560], rows);
    }

    [Theory]
    [MemberData(nameof(EachLayout))]
    public void Linear_QuantizedWeight_EqualsReference(string name, DType type, WeightLayout layout)
    {
        using IEngine engine = TEngines.Create(name);
        foreach ((int tokens, int inputs, int outputs) in Sizes(type))
        {
            using LinearProblem p = new(engine, type, layout, tokens, inputs, outputs);
            Values.AssertClose(p.Linear(), engine.Take(engine.Linear(p.X, p.W, p.Bias)), 1e-5 * Math.Sqrt(inputs), 1e-5, $"[{tokens}x{inputs}x{outputs}]");
        }
    }

    [Theory]
    [MemberData(nameof(EachLayout))]
    public void LinearInputGradient_QuantizedWeight_EqualsReference(string name, DType type, WeightLayout layout)
    {
        using IEngine engine = TEngines.Create(name);
        foreach ((int tokens, int inputs, int outputs) in Sizes(type))
        {
            using LinearProblem p = new(engine, type, layout, tokens, inputs, outputs);
            Values.AssertClose(p.InputGradient(), engine.Take(engine.LinearInputGradient(p.Dy, p.W)), 1e-5 * Math.Sqrt(outputs), 1e-5, $"[{tokens}x{inputs}x{outputs}]");
        }
    }

    [Theory]
    [MemberData(nameof(Each))]
    public void Fold_QuantizedWeight_BecomesFloat32(string name, DType type)
    {
        using IEngine engine = TEngines.Create(name);
        using StoredWeights stored = new();
        StoredTensor source = stored.StoreBlocks("w", [40, 256], type, 5);
        using Weight w = engine.LoadWeight(source, WeightLayout.OutIn);
        using Tensor u = engine.FromHost(Values.Random(256, 3), [1, 256]);
        using Tensor delta = engine.FromHost(Values.Random(40, 4), [1, 40]);
        using Weight folded = engine.Fold(w, [new LowRankTerm(u, delta, 0.5f)]);
        float[] expected = QuantizedReference.Decode(source);
        (float[] us, float[] deltas) = (engine.Host(u), engine.Host(delta));
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] += 0.5f * deltas[i / 256] * us[i % 256];
        }

        float[] read = new float[expected.Length];
        engine.ToHost(folded, 0, read);
        Assert.Equal(DType.F32, folded.Type);
        Values.AssertClose(expected, read, 1e-6, 1e-5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void LoadWeight_RowsThatDivideBlocks_SaysSo(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using StoredWeights stored = new();
        StoredTensor source = stored.StoreBlocks("w", [32, 16], DType.Q8_0, 1);
        CheckpointException e = Assert.Throws<CheckpointException>(() => engine.LoadWeight(source, WeightLayout.OutIn));
        Assert.Contains("multiple of 32", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Small ones for all types; for one of each block length also those that are cut in other ways.</summary>
    private static (int Tokens, int Inputs, int Outputs)[] Sizes(DType type) =>
    [
        (1, 256, 512), (6, 512, 256), (7, 512, 256), (0, 256, 256),
        .. type is DType.Q4_K or DType.Q5_0 ? ((int, int, int)[])[(2, 256, 2304), (2, 2304, 256), (13, 512, 256), (150, 256, 256)] : [],
    ];
}
