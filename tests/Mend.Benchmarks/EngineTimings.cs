using System.Globalization;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Benchmarks;

/// <summary>Times the operations of a training step at its sizes: 8 edits of 32 tokens, width 256 and 1024, 8 heads of 32.</summary>
internal static class EngineTimings
{
    private const int Tokens = 256;
    private const int Width = 1024;

    /// <summary>Runs the timings.</summary>
    public static int Run(Arguments options)
    {
        int rounds = (int)options.Number("rounds", 15);
        using CpuEngine engine = new(new CpuEngineOptions
        {
            Threads = (int)options.Number("threads", 2),
            Instructions = Enum.Parse<InstructionSet>(options.Text("set", "Auto")),
        });
        Console.WriteLine($"{engine.Threads} threads, {rounds} rounds");
        Console.WriteLine($"{"operation",-58}{"median ns",12}{"best ns",12}{"allocated",12}");
        using Tensor x = Random(engine, [Tokens, Width], 1);
        using Tensor y = Random(engine, [Tokens, Width], 2);
        using Tensor row = Random(engine, [Width], 3);
        using Tensor small = Random(engine, [1, 8], 4);
        using Tensor heads = Random(engine, [8, 32, 8, 32], 5);
        using Tensor scores = Random(engine, [8, 8, 32, 32], 6);
        using Tensor mask = Random(engine, [8, 1, 32, 32], 7);
        using Tensor logits = Random(engine, [64, 50257], 8);
        using Tensor editsA = Random(engine, [8, 128, 1024], 9);
        using Tensor editsB = Random(engine, [8, 20, 1024], 10);
        using Tensor inner = Random(engine, [8, 128, 20], 11);
        using Tensor down = Random(engine, [1280, 256], 12);
        using Tensor joined = Random(engine, [1500, 1280], 13);
        using Tensor cos = Random(engine, [32, 16], 14);
        using Tensor large = Random(engine, [1280, 1280], 15);
        using Tensor large2 = Random(engine, [1280, 1280], 16);
        using Tensor large3 = engine.Zeros([1280, 1280]);
        using Tensor large4 = engine.Zeros([1280, 1280]);
        int[] rows = [.. Enumerable.Range(0, Tokens).Select(i => i * 7 % Tokens)];
        engine.LayerNorm(x, row, row, 1e-5f, out Tensor statistics).Dispose();
        using (statistics)
        {
            (string Name, Action Run)[] operations =
            [
                ("add [1, 8] + [1, 8] (overhead of an operation)", () => engine.Add(small, small).Dispose()),
                ("add [256, 1024] + [256, 1024]", () => engine.Add(x, y).Dispose()),
                ("add [256, 1024] + [1024]", () => engine.Add(x, row).Dispose()),
                ("multiply [256, 1024] by [1024]", () => engine.Multiply(x, row).Dispose()),
                ("accumulate [256, 1024]", () => engine.Accumulate(y, x, 1e-9f)),
                ("sum [256, 1024] to [1024]", () => engine.SumTo(x, [Width]).Dispose()),
                ("sum [256, 1024] to [256, 1]", () => engine.SumTo(x, [Tokens, 1]).Dispose()),
                ("relu [256, 1024]", () => engine.Unary(UnaryOp.Relu, x).Dispose()),
                ("gelu_new [256, 1024]", () => engine.Unary(UnaryOp.GeluTanh, x).Dispose()),
                ("gelu_new gradient [256, 1024]", () => engine.UnaryGradient(UnaryOp.GeluTanh, x, y).Dispose()),
                ("gelu erf [256, 1024]", () => engine.Unary(UnaryOp.GeluErf, x).Dispose()),
                ("tanh [256, 1024]", () => engine.Unary(UnaryOp.Tanh, x).Dispose()),
                ("layer norm [256, 1024]", () => Drop(engine.LayerNorm(x, row, row, 1e-5f, out Tensor s), s)),
                ("layer norm gradient [256, 1024]", () => engine.LayerNormInputGradient(x, row, statistics, y).Dispose()),
                ("softmax [8, 8, 32, 32] + mask", () => engine.Softmax(scores, 0.2f, mask).Dispose()),
                ("softmax gradient [8, 8, 32, 32]", () => engine.SoftmaxGradient(scores, scores, 0.2f).Dispose()),
                ("log softmax [64, 50257]", () => engine.LogSoftmax(logits).Dispose()),
                ("argmax [64, 50257]", () => engine.ArgMax(logits)),
                ("permute [8, 32, 8, 32] to heads", () => engine.Permute(heads, [0, 2, 1, 3]).Dispose()),
                ("transpose [256, 1024]", () => engine.Permute(x, [1, 0]).Dispose()),
                ("rotary [8, 32, 8, 32]", () => engine.Rotary(heads, cos, cos, false).Dispose()),
                ("gather 256 rows of 1024", () => engine.GatherRows(x, rows).Dispose()),
                ("scatter 256 rows of 1024", () => engine.ScatterRows(x, rows, Tokens).Dispose()),
                ("concat 2 x [256, 1024] along 1", () => engine.Concat([x, y], 1).Dispose()),
                ("narrow [256, 1024] to [256, 512]", () => engine.Narrow(x, 1, 256, 512).Dispose()),
                ("adam [1280, 1280]", () => engine.AdamStep(large, large3, large4, large2, new AdamSettings(1e-9f, 0.9f, 0.999f, 1e-8f, 1))),
                ("sum of squares [1280, 1280]", () => engine.SumOfSquares(large)),
                ("matmul 64 x [32, 32] . [32, 32]", () => engine.MatMul(scores, scores).Dispose()),
                ("matmul 64 x [32, 32] . [32, 32]T", () => engine.MatMul(scores, scores, transposeB: true).Dispose()),
                ("matmul 64 x [32, 32]T . [32, 32]", () => engine.MatMul(scores, scores, transposeA: true).Dispose()),
                ("matmul 8 x [128, 1024] . [20, 1024]T", () => engine.MatMul(editsA, editsB, transposeB: true).Dispose()),
                ("matmul 8 x [128, 20] . [20, 1024]", () => engine.MatMul(inner, editsB).Dispose()),
                ("matmul 8 x [128, 20]T . [128, 1024]", () => engine.MatMul(inner, editsA, transposeA: true).Dispose()),
                ("matmul [1500, 1280] . [1280, 256]", () => engine.MatMul(joined, down).Dispose()),
                ("matmul [1500, 1280]T . [1500, 1280]", () => engine.MatMul(joined, joined, transposeA: true).Dispose()),
                ("matmul [256, 1024] . [256, 1024]T", () => engine.MatMul(x, y, transposeB: true).Dispose()),
            ];
            foreach ((string name, Action run) in operations)
            {
                Time(name, run, rounds);
            }
        }

        return 0;
    }

    private static void Time(string name, Action run, int rounds)
    {
        (double median, double best) = Stopwatches.Measure(rounds, run)[0];
        long before = GC.GetAllocatedBytesForCurrentThread();
        run();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-58}{median * 1e6,12:F0}{best * 1e6,12:F0}{allocated,12}"));
    }

    private static void Drop(Tensor y, Tensor statistics)
    {
        y.Dispose();
        statistics.Dispose();
    }

    private static Tensor Random(CpuEngine engine, Shape shape, int seed)
    {
        float[] values = new float[shape.Length];
        SyntheticWeight.Fill(values, seed);
        return engine.FromHost(values, shape);
    }
}
