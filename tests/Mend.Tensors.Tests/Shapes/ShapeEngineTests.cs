using Mend.Tensors.Cpu;

namespace Mend.Tensors.Tests;

/// <summary>The engine of shapes makes tensors of the same shapes and sizes as an engine that computes.</summary>
public sealed class ShapeEngineTests : IDisposable
{
    private readonly CpuEngine _cpu = new(new CpuEngineOptions { Threads = 1 });
    private readonly ShapeEngine _shapes = new();

    public void Dispose() => _cpu.Dispose();

    public static TheoryData<string> Operations => new([.. Calls.Keys]);

    private static Dictionary<string, Func<IEngine, IEnumerable<Tensor>>> Calls { get; } = new()
    {
        ["zeros"] = e => [e.Zeros([3, 5])],
        ["share and reshape"] = e => One(e, [2, 6], x => [e.Share(x), e.Reshape(x, [3, 4])]),
        ["matmul"] = e => Two(e, [2, 3, 4], [2, 5, 4], (a, b) => [e.MatMul(a, b, transposeB: true)]),
        ["matmul transposed"] = e => Two(e, [4, 3], [4, 5], (a, b) => [e.MatMul(a, b, transposeA: true)]),
        ["add"] = e => Two(e, [2, 1, 4], [3, 1], (a, b) => [e.Add(a, b)]),
        ["multiply"] = e => Two(e, [5], [2, 5], (a, b) => [e.Multiply(a, b)]),
        ["expand"] = e => One(e, [2, 1, 3], x => [e.Expand(x, [2, 4, 3])]),
        ["sum to"] = e => One(e, [2, 4, 3], x => [e.SumTo(x, [4, 1])]),
        ["unary"] = e => One(e, [7], x => [e.Unary(UnaryOp.Relu, x), e.Scale(x, 2f)]),
        ["layer norm"] = e => Two(e, [2, 3, 4], [4], (x, g) => [e.LayerNorm(x, g, null, 1e-5f, out Tensor s), s, e.LayerNormInputGradient(x, g, s, x)]),
        ["rms norm"] = e => Two(e, [2, 3, 4], [4], (x, g) => [e.RmsNorm(x, g, 1e-5f, out Tensor s), s, e.RmsNormInputGradient(x, g, s, x)]),
        ["softmax"] = e => Two(e, [2, 3, 4], [1, 4], (x, b) => [e.Softmax(x, 1f, b), e.SoftmaxGradient(x, x, 1f), e.LogSoftmax(x), e.LogSoftmaxGradient(x, x)]),
        ["permute"] = e => One(e, [2, 3, 4], x => [e.Permute(x, [2, 0, 1])]),
        ["narrow and pad"] = e => One(e, [2, 6], x => [e.Narrow(x, -1, 1, 3), e.Pad(x, 0, 1, 5)]),
        ["concat"] = e => Two(e, [2, 3], [2, 4], (a, b) => [e.Concat([a, b], 1)]),
        ["rotary"] = e => Two(e, [1, 3, 2, 4], [3, 2], (x, c) => [e.Rotary(x, c, c, interleaved: true)]),
        ["rows"] = e => One(e, [2, 3, 4], x => [e.GatherRows(x, [5, 0]), e.ScatterRows(x, [0, 1, 2, 3, 4, 4], 9)]),
        ["pick"] = e => One(e, [3, 4], x => [e.Pick(x, [0, 3, 1])]),
        ["pick gradient"] = e => One(e, [3], x => [e.PickGradient(x, [0, 3, 1], 6)]),
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void Operation_ShapesAndBytes_AreTheComputingEngines(string operation)
    {
        List<Tensor> computed = [.. Calls[operation](_cpu)];
        List<Tensor> shaped = [.. Calls[operation](_shapes)];

        Assert.Equal(computed.Select(t => t.Shape), shaped.Select(t => t.Shape));
        Assert.Equal(_cpu.Memory.LiveBytes, _shapes.Memory.LiveBytes);
        Assert.True(_shapes.Memory.LiveBytes > 0);
        Assert.Equal(_cpu.Memory.PeakBytes, _shapes.Memory.PeakBytes);
        computed.Concat(shaped).ToList().ForEach(t => t.Dispose());
        Assert.Equal((0, 0), (_cpu.Memory.LiveBytes, _shapes.Memory.LiveBytes));
    }

    [Fact]
    public void Weights_Products_HaveTheLayersShapes()
    {
        using Checkpoint described = Checkpoint.Described("config.json", [("w", DType.BF16, [6, 4])]);
        using Weight weight = _shapes.LoadWeight(described.Get("w"), WeightLayout.InOut);
        using Tensor x = _shapes.Zeros([2, 3, 6]);
        using Tensor y = _shapes.Linear(x, weight, null);
        using Tensor dx = _shapes.LinearInputGradient(y, weight);
        using Tensor rows = _shapes.Embed(weight, [5, 0]);
        long before = _shapes.Memory.LiveBytes;

        using (Weight folded = _shapes.Fold(weight, []))
        {
            Assert.Equal(6 * 4 * sizeof(float), _shapes.Memory.LiveBytes - before);
        }

        Assert.Equal(before, _shapes.Memory.LiveBytes);
        Assert.Equal(48, weight.ByteLength);
        Assert.Equal(([2, 3, 4], [2, 3, 6], [2, 4]), (y.Shape, dx.Shape, rows.Shape));
    }

    [Fact]
    public void Linear_WrongRows_IsTheSameErrorAsEverywhere()
    {
        using Checkpoint described = Checkpoint.Described("config.json", [("w", DType.F32, [6, 4])]);
        using Weight weight = _shapes.LoadWeight(described.Get("w"), WeightLayout.OutIn);
        using Tensor x = _shapes.Zeros([2, 5]);

        ShapeException error = Assert.Throws<ShapeException>(() => _shapes.Linear(x, weight, null));

        Assert.Contains("weight 'w' has 4 inputs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Described_OnAnEngineThatComputes_IsAnError()
    {
        using Checkpoint described = Checkpoint.Described("config.json", [("w", DType.F32, [6, 4])]);

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => _cpu.LoadWeight(described.Get("w"), WeightLayout.OutIn));

        Assert.Contains("'w' of 'config.json' is only described", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PeakBytes_AfterRestart_StartsFromWhatIsHeld()
    {
        using Tensor kept = _shapes.Zeros([10]);
        _shapes.Zeros([100]).Dispose();
        long first = _shapes.Memory.PeakBytes;
        _shapes.Memory.RestartPeak();
        _shapes.Zeros([20]).Dispose();

        Assert.Equal((440, 120, 40), (first, _shapes.Memory.PeakBytes, _shapes.Memory.LiveBytes));
    }

    /// <summary>Editors keep the rows that a gradient reaches, so these are followed from the loss to the layer.</summary>
    [Fact]
    public void ToHost_RowsThatAGradientDoesNotReach_AreZero()
    {
        using Tensor y = _shapes.Zeros([2, 3]);
        using Tensor all = _shapes.Zeros([4, 3]);
        using Tensor scattered = _shapes.ScatterRows(y, [1, 3], 4);
        using Tensor other = _shapes.ScatterRows(y, [1, 2], 4);
        using Tensor gated = _shapes.Multiply(scattered, all);
        using Tensor sum = _shapes.Add(gated, other);
        using Tensor mixed = _shapes.Add(sum, all);
        using Tensor shaped = _shapes.Reshape(gated, [2, 2, 3]);

        float[] host = new float[12];
        _shapes.ToHost(shaped, host);

        Assert.Equal([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1], host);
        Assert.Equal([false, true, true, true], _shapes.NonZeroRows(sum));
        Assert.Equal([true, true, true, true], _shapes.NonZeroRows(mixed));
        _shapes.Accumulate(gated, other);
        Assert.Equal([false, true, true, true], _shapes.NonZeroRows(gated));
    }

    private static IEnumerable<Tensor> One(IEngine engine, Shape shape, Func<Tensor, Tensor[]> call)
    {
        Tensor x = engine.Zeros(shape);
        return call(x).Append(x);
    }

    private static IEnumerable<Tensor> Two(IEngine engine, Shape a, Shape b, Func<Tensor, Tensor, Tensor[]> call)
    {
        (Tensor x, Tensor y) = (engine.Zeros(a), engine.Zeros(b));
        return call(x, y).Append(x).Append(y);
    }
}
