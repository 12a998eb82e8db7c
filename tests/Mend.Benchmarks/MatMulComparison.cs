using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Benchmarks;

/// <summary>Linear layers of the engine, weights in all types and layouts, against OpenBLAS on float32 copies.</summary>
internal static unsafe class MatMulComparison
{
    private static readonly (int Tokens, int In, int Out)[] Shapes =
    [
        (256, 1024, 4096), (16, 4096, 16384), (1, 4096, 4096), (1024, 768, 3072), (1024, 1280, 256), (1024, 256, 1280), (256, 768, 768),
    ];

    /// <summary>Runs the comparison.</summary>
    public static int Run(Arguments options)
    {
        if (!OpenBlas.IsInstalled)
        {
            Console.Error.WriteLine("OpenBLAS (libopenblas.so.0) is not installed, and there is nothing to compare with. Install it: apt-get install libopenblas0");
            return 1;
        }

        int threads = (int)options.Number("threads", 2);
        int rounds = (int)options.Number("rounds", 15);
        using CpuEngine engine = new(new CpuEngineOptions { Threads = threads, Instructions = Enum.Parse<InstructionSet>(options.Text("set", "Auto")) });
        OpenBlas.SetThreads(threads);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{threads} threads, {rounds} rounds, OpenBLAS: {OpenBlas.Configuration()}"));
        if (Avx512F.IsSupported && OpenBlas.Configuration().EndsWith("Haswell", StringComparison.Ordinal))
        {
            // Releases older than the processor fall back to AVX2, which flatters us.
            Console.WriteLine("OpenBLAS does not know this processor and uses its AVX2 kernels. Set OPENBLAS_CORETYPE=SKYLAKEX for its AVX-512 kernels.");
        }

        Console.WriteLine($"{"shape",-22}{"layout",-8}{"type",-6}{"engine ms",10}{"GFLOP/s",10}{"OpenBLAS",10}{"GFLOP/s",10}{"ratio",8}{"of best",8}");
        foreach ((int tokens, int inputs, int outputs) in Shapes)
        {
            foreach (WeightLayout layout in (WeightLayout[])[WeightLayout.InOut, WeightLayout.OutIn])
            {
                foreach (DType type in (DType[])[DType.BF16, DType.F16, DType.F32])
                {
                    Compare(engine, tokens, inputs, outputs, layout, type, rounds);
                }
            }
        }

        return 0;
    }

    private static void Compare(CpuEngine engine, int tokens, int inputs, int outputs, WeightLayout layout, DType type, int rounds)
    {
        using SyntheticWeight stored = new(layout == WeightLayout.InOut ? [inputs, outputs] : [outputs, inputs], type);
        using Weight w = engine.LoadWeight(stored.Tensor, layout);
        float[] hostX = new float[tokens * inputs];
        SyntheticWeight.Fill(hostX, 7);
        using Tensor x = engine.FromHost(hostX, [tokens, inputs]);
        float* a = Allocate(hostX.Length);
        float* b = Allocate((long)inputs * outputs);
        float* c = Allocate((long)tokens * outputs);
        try
        {
            hostX.CopyTo(new Span<float>(a, hostX.Length));
            engine.ToHost(w, 0, new Span<float>(b, inputs * outputs));
            void Blas() => OpenBlas.Multiply(a, b, layout == WeightLayout.OutIn, c, tokens, outputs, inputs);
            void Ours() => engine.Linear(x, w, null).Dispose();
            Blas();
            Check(engine, x, w, new ReadOnlySpan<float>(c, tokens * outputs));
            (double Median, double Best)[] ms = Stopwatches.Measure(rounds, Ours, Blas);
            double gflop = 2e-6 * tokens * inputs * outputs;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{$"{tokens}x{inputs} . {inputs}x{outputs}",-22}{layout,-8}{type,-6}{ms[0].Median,10:F3}{gflop / ms[0].Median,10:F1}{ms[1].Median,10:F3}{gflop / ms[1].Median,10:F1}{ms[1].Median / ms[0].Median,8:P0}{ms[1].Best / ms[0].Best,8:P0}"));
        }
        finally
        {
            NativeMemory.AlignedFree(a);
            NativeMemory.AlignedFree(b);
            NativeMemory.AlignedFree(c);
        }
    }

    private static float* Allocate(long length) => (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), 64);

    /// <summary>A fast wrong answer is worth nothing.</summary>
    private static void Check(CpuEngine engine, Tensor x, Weight w, ReadOnlySpan<float> expected)
    {
        using Tensor y = engine.Linear(x, w, null);
        float[] actual = new float[y.Shape.Length];
        engine.ToHost(y, actual);
        for (int i = 0; i < actual.Length; i++)
        {
            if (!(Math.Abs(actual[i] - expected[i]) <= 1e-3 + (1e-3 * Math.Abs(expected[i]))))
            {
                throw new InvalidOperationException($"Element {i} is {actual[i]}; OpenBLAS says {expected[i]}. The kernels are wrong: run the tests.");
            }
        }
    }
}
