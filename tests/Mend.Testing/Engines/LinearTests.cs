using Mend.Tensors;

namespace Mend.Testing;

public abstract class LinearTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    public static TheoryData<string, DType, WeightLayout> Cases
    {
        get
        {
            TheoryData<string, DType, WeightLayout> cases = [];
            foreach (string name in TEngines.Available)
            {
                foreach (DType type in (DType[])[DType.F32, DType.BF16, DType.F16])
                {
                    cases.Add(name, type, WeightLayout.InOut);
                    cases.Add(name, type, WeightLayout.OutIn);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Linear_RandomOperands_EqualsReference(string name, DType type, WeightLayout layout)
    {
        using IEngine engine = TEngines.Create(name);
        foreach ((int tokens, int inputs, int outputs) in Sizes)
        {
            using LinearProblem p = new(engine, type, layout, tokens, inputs, outputs);
            float[] y = engine.Take(engine.Linear(p.X, p.W, p.Bias));
            Values.AssertClose(p.Linear(), y, 1e-5 * Math.Sqrt(inputs), 1e-5, $"[{tokens}x{inputs}x{outputs}]");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void LinearInputGradient_RandomOperands_EqualsReference(string name, DType type, WeightLayout layout)
    {
        using IEngine engine = TEngines.Create(name);
        foreach ((int tokens, int inputs, int outputs) in Sizes)
        {
            using LinearProblem p = new(engine, type, layout, tokens, inputs, outputs);
            float[] dx = engine.Take(engine.LinearInputGradient(p.Dy, p.W));
            Values.AssertClose(p.InputGradient(), dx, 1e-5 * Math.Sqrt(outputs), 1e-5, $"[{tokens}x{inputs}x{outputs}]");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Linear_WrongInputs_NamesWeightAndShapes(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using LinearProblem p = new(engine, DType.F32, WeightLayout.OutIn, 2, 3, 4);
        using Tensor x = engine.Zeros([2, 5]);
        ShapeException e = Assert.Throws<ShapeException>(() => engine.Linear(x, p.W, null));
        Assert.Contains("'w'", e.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 5]", e.Message, StringComparison.Ordinal);
    }

    private static (int Tokens, int Inputs, int Outputs)[] Sizes =>
        [(1, 1, 1), (1, 300, 40), (2, 16, 32), (3, 17, 33), (12, 256, 64), (13, 257, 31), (16, 520, 300), (150, 96, 130), (0, 3, 4)];
}
