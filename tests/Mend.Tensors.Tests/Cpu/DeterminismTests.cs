using Mend.Tensors.Cpu;
using Mend.Tensors.Cpu.Kernels;

namespace Mend.Tensors.Tests.Cpu;

/// <summary>What the managed engine promises beyond the interface's accuracy: equal bits.</summary>
public sealed class DeterminismTests
{
    [Fact]
    public void SumTo_AnyThreadCount_GivesTheSameBits()
    {
        float[] values = Values.Random(900 * 700);
        float[]? rows = null;
        float[]? columns = null;
        foreach (int threads in (int[])[1, 2, 5])
        {
            using CpuEngine engine = TestEngines.Create(InstructionSet.Auto, threads);
            using Tensor x = engine.FromHost(values, [900, 700]);
            float[] r = engine.Take(engine.SumTo(x, [700]));
            float[] c = engine.Take(engine.SumTo(x, [900, 1]));
            Assert.Equal(rows ??= r, r);
            Assert.Equal(columns ??= c, c);
        }
    }

    [Fact]
    public void SumOfSquares_AnyThreadCount_GivesTheSameBits()
    {
        float[] values = Values.Random(100_003);
        double? first = null;
        foreach (int threads in (int[])[1, 2, 5])
        {
            using CpuEngine engine = TestEngines.Create(InstructionSet.Auto, threads);
            using Tensor x = engine.FromHost(values, [values.Length]);
            double sum = engine.SumOfSquares(x);
            Assert.Equal(first ??= sum, sum);
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
            using CpuEngine engine = TestEngines.Create(InstructionSet.Auto, threads);
            using LinearProblem p = new(engine, DType.BF16, layout, 150, 300, 520);
            float[] y = engine.Take(engine.Linear(p.X, p.W, p.Bias));
            first ??= y;
            Assert.Equal(first, y);
        }
    }

    [Theory]
    [MemberData(nameof(CpuLinearTests.Cases), MemberType = typeof(CpuLinearTests))]
    public void Linear_RowAlone_HasTheBitsItHasInABatch(string name, DType type, WeightLayout layout)
    {
        using CpuEngine engine = (CpuEngine)TestEngines.Create(name);
        using LinearProblem p = new(engine, type, layout, 29, 530, 75);
        float[] together = engine.Take(engine.Linear(p.X, p.W, p.Bias));
        foreach (int count in (int[])[1, 2, 3, 4, 5, 13, 17])
        {
            using Tensor part = engine.Narrow(p.X, 0, 29 - count, count);
            Assert.Equal(together[((29 - count) * 75)..], engine.Take(engine.Linear(part, p.W, p.Bias)));
        }
    }

    [Fact]
    public void MatMul_AnyThreadCount_GivesTheSameBits()
    {
        float[]? first = null;
        foreach (int threads in (int[])[1, 2, 5])
        {
            using CpuEngine engine = TestEngines.Create(InstructionSet.Auto, threads);
            using Tensor a = engine.FromHost(Values.Random(4 * 130 * 300, 1), [4, 130, 300]);
            using Tensor b = engine.FromHost(Values.Random(4 * 300 * 140, 2), [4, 300, 140]);
            float[] y = engine.Take(engine.MatMul(a, b));
            Assert.Equal(first ??= y, y);
        }
    }

    [Fact]
    public void MatMul_FusedSets_GiveTheSameBits()
    {
        // Where multiply-adds are fused, every instruction set adds in the same order.
        float[]? first = null;
        foreach (InstructionSet set in TestEngines.Sets.Where(s => s != InstructionSet.Portable))
        {
            using CpuEngine engine = TestEngines.Create(set);
            using Tensor a = engine.FromHost(Values.Random(50 * 600, 1), [50, 600]);
            using Tensor b = engine.FromHost(Values.Random(600 * 70, 2), [600, 70]);
            float[] y = engine.Take(engine.MatMul(a, b));
            Assert.Equal(first ??= y, y);
        }
    }

    [Fact]
    public void For_EverySupportedSet_GivesKernels()
    {
        foreach (InstructionSet set in TestEngines.Sets)
        {
            Assert.NotNull(CpuKernels.For(set));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => CpuKernels.For((InstructionSet)99));
    }
}
