using Mend.Tensors.Cpu;

namespace Mend.Tensors.Tests.Cpu;

public sealed class LinearTests
{
    public static TheoryData<InstructionSet, DType, WeightLayout> Cases
    {
        get
        {
            TheoryData<InstructionSet, DType, WeightLayout> cases = [];
            foreach (InstructionSet set in Engines.Supported)
            {
                foreach (DType type in (DType[])[DType.F32, DType.BF16, DType.F16])
                {
                    cases.Add(set, type, WeightLayout.InOut);
                    cases.Add(set, type, WeightLayout.OutIn);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Linear_RandomOperands_EqualsReference(InstructionSet set, DType type, WeightLayout layout)
    {
        using CpuEngine engine = Engines.Create(set);
        foreach ((int tokens, int inputs, int outputs) in Sizes)
        {
            using Problem p = new(engine, type, layout, tokens, inputs, outputs);
            float[] y = engine.Take(engine.Linear(p.X, p.W, p.Bias));
            Values.AssertClose(p.Linear(), y, 1e-5 * Math.Sqrt(inputs), 1e-5, $"[{tokens}x{inputs}x{outputs}]");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void LinearInputGradient_RandomOperands_EqualsReference(InstructionSet set, DType type, WeightLayout layout)
    {
        using CpuEngine engine = Engines.Create(set);
        foreach ((int tokens, int inputs, int outputs) in Sizes)
        {
            using Problem p = new(engine, type, layout, tokens, inputs, outputs);
            float[] dx = engine.Take(engine.LinearInputGradient(p.Dy, p.W));
            Values.AssertClose(p.InputGradient(), dx, 1e-5 * Math.Sqrt(outputs), 1e-5, $"[{tokens}x{inputs}x{outputs}]");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Linear_RowAlone_HasTheBitsItHasInABatch(InstructionSet set, DType type, WeightLayout layout)
    {
        using CpuEngine engine = Engines.Create(set);
        using Problem p = new(engine, type, layout, 29, 530, 75);
        float[] together = engine.Take(engine.Linear(p.X, p.W, p.Bias));
        foreach (int count in (int[])[1, 2, 3, 4, 5, 13, 17])
        {
            using Tensor part = engine.Narrow(p.X, 0, 29 - count, count);
            Assert.Equal(together[((29 - count) * 75)..], engine.Take(engine.Linear(part, p.W, p.Bias)));
        }
    }

    [Theory]
    [InlineData(WeightLayout.InOut)]
    [InlineData(WeightLayout.OutIn)]
    public void Linear_AnyThreadCount_GivesTheSameBits(WeightLayout layout)
    {
        float[]? first = null;
        foreach (int threads in (int[])[1, 2, 5])
        {
            using CpuEngine engine = Engines.Create(InstructionSet.Auto, threads);
            using Problem p = new(engine, DType.BF16, layout, 150, 300, 520);
            float[] y = engine.Take(engine.Linear(p.X, p.W, p.Bias));
            first ??= y;
            Assert.Equal(first, y);
        }
    }

    [Fact]
    public void Linear_WrongInputs_NamesWeightAndShapes()
    {
        using CpuEngine engine = new();
        using Problem p = new(engine, DType.F32, WeightLayout.OutIn, 2, 3, 4);
        using Tensor x = engine.Zeros([2, 5]);
        ShapeException e = Assert.Throws<ShapeException>(() => engine.Linear(x, p.W, null));
        Assert.Contains("'w'", e.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 5]", e.Message, StringComparison.Ordinal);
    }

    private static (int Tokens, int Inputs, int Outputs)[] Sizes =>
        [(1, 1, 1), (1, 300, 40), (2, 16, 32), (3, 17, 33), (12, 256, 64), (13, 257, 31), (16, 520, 300), (150, 96, 130), (0, 3, 4)];

    /// <summary>A linear layer with its operands on the engine and on the host, as the engine sees them.</summary>
    private sealed class Problem : IDisposable
    {
        private readonly StoredWeights _stored = new();
        private readonly WeightLayout _layout;
        private readonly float[] _x;
        private readonly float[] _dy;
        private readonly float[] _w;
        private readonly float[] _bias;
        private readonly int _tokens;
        private readonly int _inputs;
        private readonly int _outputs;

        public Problem(IEngine engine, DType type, WeightLayout layout, int tokens, int inputs, int outputs)
        {
            (_layout, _tokens, _inputs, _outputs) = (layout, tokens, inputs, outputs);
            _x = Values.Random(tokens * inputs, 1);
            _dy = Values.Random(tokens * outputs, 2);
            _bias = Values.Random(outputs, 3);
            Shape shape = layout == WeightLayout.OutIn ? [outputs, inputs] : [inputs, outputs];
            W = engine.LoadWeight(_stored.Store("w", shape, Values.Random(inputs * outputs, 4), type), layout);
            _w = new float[shape.Length];
            engine.ToHost(W, 0, _w);
            X = engine.FromHost(_x, [tokens, inputs]);
            Dy = engine.FromHost(_dy, [tokens, outputs]);
            Bias = engine.FromHost(_bias, [outputs]);
        }

        public Weight W { get; }

        public Tensor X { get; }

        public Tensor Dy { get; }

        public Tensor Bias { get; }

        public double[] Linear()
        {
            double[] y = new double[_tokens * _outputs];
            for (int t = 0; t < _tokens; t++)
            {
                for (int o = 0; o < _outputs; o++)
                {
                    double sum = _bias[o];
                    for (int i = 0; i < _inputs; i++)
                    {
                        sum += (double)_x[(t * _inputs) + i] * Weight(o, i);
                    }

                    y[(t * _outputs) + o] = sum;
                }
            }

            return y;
        }

        public double[] InputGradient()
        {
            double[] dx = new double[_tokens * _inputs];
            for (int t = 0; t < _tokens; t++)
            {
                for (int i = 0; i < _inputs; i++)
                {
                    double sum = 0;
                    for (int o = 0; o < _outputs; o++)
                    {
                        sum += (double)_dy[(t * _outputs) + o] * Weight(o, i);
                    }

                    dx[(t * _inputs) + i] = sum;
                }
            }

            return dx;
        }

        public void Dispose()
        {
            W.Dispose();
            X.Dispose();
            Dy.Dispose();
            Bias.Dispose();
            _stored.Dispose();
        }

        private double Weight(int o, int i) => _layout == WeightLayout.OutIn ? _w[(o * _inputs) + i] : _w[(i * _outputs) + o];
    }
}
