using Mend.Tensors;

namespace Mend.Testing;

/// <summary>A linear layer with its operands on the engine and on the host, as the engine sees them.</summary>
public sealed class LinearProblem : IDisposable
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

    public LinearProblem(IEngine engine, DType type, WeightLayout layout, int tokens, int inputs, int outputs)
    {
        (_layout, _tokens, _inputs, _outputs) = (layout, tokens, inputs, outputs);
        _x = Values.Random(tokens * inputs, 1);
        _dy = Values.Random(tokens * outputs, 2);
        _bias = Values.Random(outputs, 3);
        Shape shape = layout == WeightLayout.OutIn ? [outputs, inputs] : [inputs, outputs];
        W = engine.LoadWeight(
            type.IsQuantized() ? _stored.StoreBlocks("w", shape, type, 4) : _stored.Store("w", shape, Values.Random(inputs * outputs, 4), type), layout);
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
