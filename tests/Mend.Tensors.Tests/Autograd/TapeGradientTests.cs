using Mend.Tensors.Cpu;
using Mend.Tensors.Tests.Cpu;

namespace Mend.Tensors.Tests.Autograd;

/// <summary>The gradient of every operation of the tape against difference quotients of L = Σ weights ⊙ f(inputs).</summary>
public sealed class TapeGradientTests : IDisposable
{
    private const float Step = 1e-2f;

    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });

    /// <summary>Every operation: its name, its inputs' shapes and what it computes from them.</summary>
    private static readonly Dictionary<string, (Shape[] Inputs, Func<Tape, Value[], Value> Apply)> Operations = new()
    {
        ["matmul"] = ([[3, 4], [4, 5]], (t, x) => t.MatMul(x[0], x[1])),
        ["matmul A transposed"] = ([[4, 3], [4, 5]], (t, x) => t.MatMul(x[0], x[1], transposeA: true)),
        ["matmul B transposed"] = ([[3, 4], [5, 4]], (t, x) => t.MatMul(x[0], x[1], transposeB: true)),
        ["matmul both transposed"] = ([[4, 3], [5, 4]], (t, x) => t.MatMul(x[0], x[1], transposeA: true, transposeB: true)),
        ["matmul of batches"] = ([[2, 3, 4], [2, 4, 2]], (t, x) => t.MatMul(x[0], x[1])),
        ["matmul of batches, both transposed"] = ([[2, 4, 3], [2, 2, 4]], (t, x) => t.MatMul(x[0], x[1], transposeA: true, transposeB: true)),
        ["matmul with itself"] = ([[3, 3]], (t, x) => t.MatMul(x[0], x[0], transposeB: true)),
        ["add"] = ([[3, 4], [3, 4]], (t, x) => t.Add(x[0], x[1])),
        ["add a row"] = ([[3, 4], [4]], (t, x) => t.Add(x[0], x[1])),
        ["add two that both broadcast"] = ([[3, 1], [2, 1, 4]], (t, x) => t.Add(x[0], x[1])),
        ["add to itself"] = ([[3, 4]], (t, x) => t.Add(x[0], x[0])),
        ["multiply"] = ([[3, 4], [3, 4]], (t, x) => t.Multiply(x[0], x[1])),
        ["multiply by a column"] = ([[3, 4], [3, 1]], (t, x) => t.Multiply(x[0], x[1])),
        ["multiply two that both broadcast"] = ([[3, 1], [2, 1, 4]], (t, x) => t.Multiply(x[0], x[1])),
        ["square"] = ([[3, 4]], (t, x) => t.Multiply(x[0], x[0])),
        ["scale"] = ([[3, 4]], (t, x) => t.Scale(x[0], -1.5f)),
        ["scale by one"] = ([[3, 4]], (t, x) => t.Scale(x[0], 1f)),
        ["sum to"] = ([[2, 3, 4]], (t, x) => t.SumTo(x[0], [3, 1])),
        ["expand"] = ([[3, 1]], (t, x) => t.Expand(x[0], [2, 3, 4])),
        ["layer norm"] = ([[3, 5]], (t, x) => t.LayerNorm(x[0], Fixed(t, [5], 31), Fixed(t, [5], 32), 1e-5f)),
        ["layer norm without bias"] = ([[2, 3, 5]], (t, x) => t.LayerNorm(x[0], Fixed(t, [5], 31), null, 1e-5f)),
        ["rms norm"] = ([[3, 5]], (t, x) => t.RmsNorm(x[0], Fixed(t, [5], 31), 1e-5f)),
        ["softmax"] = ([[3, 5]], (t, x) => t.Softmax(x[0])),
        ["softmax scaled and biased"] = ([[2, 3, 5]], (t, x) => t.Softmax(x[0], 0.5f, Fixed(t, [3, 5], 33))),
        ["log softmax"] = ([[3, 5]], (t, x) => t.LogSoftmax(x[0])),
        ["reshape"] = ([[2, 6]], (t, x) => t.Reshape(x[0], [3, 4])),
        ["reshape to itself"] = ([[2, 6]], (t, x) => t.Reshape(x[0], [2, 6])),
        ["permute"] = ([[2, 3, 4]], (t, x) => t.Permute(x[0], 2, 0, 1)),
        ["narrow"] = ([[2, 5, 3]], (t, x) => t.Narrow(x[0], 1, 2, 2)),
        ["narrow the last axis"] = ([[3, 5]], (t, x) => t.Narrow(x[0], -1, 1, 3)),
        ["concat"] = ([[2, 1, 3], [2, 4, 3]], (t, x) => t.Concat(1, x[0], x[1])),
        ["concat along the last axis"] = ([[2, 1], [2, 4]], (t, x) => t.Concat(-1, x[0], x[1])),
        ["concat with itself"] = ([[2, 3]], (t, x) => t.Concat(0, x[0], x[0])),
        ["rotary"] = ([[2, 3, 2, 6]], (t, x) => t.Rotary(x[0], Fixed(t, [3, 2], 34), Fixed(t, [3, 2], 35), interleaved: false)),
        ["rotary interleaved"] = ([[2, 3, 2, 6]], (t, x) => t.Rotary(x[0], Fixed(t, [3, 2], 34), Fixed(t, [3, 2], 35), interleaved: true)),
        ["gather rows"] = ([[2, 3, 4]], (t, x) => t.GatherRows(x[0], [5, 0, 5, 2])),
        ["gather rows of a matrix"] = ([[4, 3]], (t, x) => t.GatherRows(x[0], [3, 3])),
        ["scatter rows"] = ([[3, 4]], (t, x) => t.ScatterRows(x[0], [4, 1, 4], 6)),
        ["pick"] = ([[3, 5]], (t, x) => t.Pick(x[0], [4, 0, 4])),
        ["a value used three times"] = ([[3, 4]], (t, x) => t.Multiply(t.Add(x[0], t.Unary(UnaryOp.Tanh, x[0])), t.Reshape(x[0], [3, 4]))),
        ["a value used through views"] = ([[2, 6]], (t, x) => t.Add(t.Reshape(x[0], [3, 4]), t.Unary(UnaryOp.Silu, t.Reshape(x[0], [3, 4])))),
        ["an intermediate used twice"] = ([[3, 4]], (t, x) =>
        {
            Value y = t.Scale(x[0], 2f);
            return t.Add(t.Unary(UnaryOp.Sigmoid, y), t.Multiply(y, y));
        }
        ),
    };

    public static TheoryData<string> Names => [.. Operations.Keys];

    public static TheoryData<UnaryOp> Functions => [.. Enum.GetValues<UnaryOp>()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_Operation_IsTheDifferenceQuotient(string name) => Check(name, Operations[name].Inputs, Operations[name].Apply);

    [Theory]
    [MemberData(nameof(Functions))]
    public void Backward_Function_IsTheDifferenceQuotient(UnaryOp op) => Check(op.ToString(), [[4, 5]], (t, x) => t.Unary(op, x[0]));

    [Theory]
    [InlineData(WeightLayout.OutIn, true)]
    [InlineData(WeightLayout.OutIn, false)]
    [InlineData(WeightLayout.InOut, true)]
    [InlineData(WeightLayout.InOut, false)]
    public void Backward_Linear_IsTheDifferenceQuotient(WeightLayout layout, bool biased)
    {
        using StoredWeights stored = new();
        StoredTensor matrix = stored.Store("w", layout == WeightLayout.OutIn ? [4, 3] : [3, 4], Values.Random(12, 41), DType.F32);
        using Weight weight = _engine.LoadWeight(matrix, layout);

        Check($"linear {layout}", [[2, 5, 3]], (t, x) => t.Linear(x[0], weight, biased ? Fixed(t, [4], 42) : null));
    }

    public void Dispose() => _engine.Dispose();

    /// <summary>A tensor that gets no gradient; the tape gives it back.</summary>
    private static Tensor Fixed(Tape tape, Shape shape, int seed) => tape.Adopt(tape.Engine.FromHost(Values.Random(shape.Length, seed), shape)).Data;

    /// <summary>Compares the gradient of each input, and looks whether the tape has given everything back.</summary>
    private void Check(string name, Shape[] shapes, Func<Tape, Value[], Value> apply)
    {
        float[][] inputs = [.. shapes.Select((s, i) => Values.Random(s.Length, 21 + i))];
        float[] weights = Weights(inputs, shapes, apply);
        long before = _engine.LiveTensors;

        float[][] gradients = Gradients(inputs, shapes, apply, weights);

        Assert.Equal(before, _engine.LiveTensors);
        for (int input = 0; input < inputs.Length; input++)
        {
            double[] expected = new double[inputs[input].Length];
            for (int i = 0; i < expected.Length; i++)
            {
                // Fourth order: the step may be large, so that float32's rounding of L does not show.
                double near = Loss(input, i, Step) - Loss(input, i, -Step);
                double far = Loss(input, i, 2 * Step) - Loss(input, i, -2 * Step);
                expected[i] = ((8 * near) - far) / (12 * Step);
            }

            Values.AssertClose(expected, gradients[input], 3e-4, 3e-3, $"{name}, input {input}");
        }

        double Loss(int input, int at, float move)
        {
            float[][] moved = [.. inputs];
            moved[input] = (float[])inputs[input].Clone();
            moved[input][at] += move;
            return Forward(moved, shapes, apply).Zip(weights, (y, w) => (double)y * w).Sum();
        }
    }

    private float[] Weights(float[][] inputs, Shape[] shapes, Func<Tape, Value[], Value> apply) =>
        Values.Random(Forward(inputs, shapes, apply).Length, 29);

    private float[] Forward(float[][] inputs, Shape[] shapes, Func<Tape, Value[], Value> apply)
    {
        using Tape tape = new(_engine, recording: false);
        return _engine.Host(apply(tape, Leaves(tape, inputs, shapes)).Data);
    }

    private float[][] Gradients(float[][] inputs, Shape[] shapes, Func<Tape, Value[], Value> apply, float[] weights)
    {
        using Tape tape = new(_engine, recording: true);
        Value[] leaves = Leaves(tape, inputs, shapes);
        Value y = apply(tape, leaves);
        using (Tensor seed = _engine.FromHost(weights, y.Shape))
        {
            tape.Seed(y, seed);
        }

        tape.Backward();
        return Array.ConvertAll(leaves, leaf => _engine.Take(tape.TakeGradient(leaf)!));
    }

    private Value[] Leaves(Tape tape, float[][] inputs, Shape[] shapes) =>
        [.. inputs.Select((x, i) => tape.Leaf(tape.Adopt(_engine.FromHost(x, shapes[i])).Data))];
}
