using Mend.Tensors.Cpu;

namespace Mend.Tensors.Tests.Cpu;

/// <summary>The managed engine's options and its pool of memory.</summary>
public sealed class MemoryTests
{
    [Fact]
    public void Operations_ManySteps_LeakNothing()
    {
        using CpuEngine engine = new(new CpuEngineOptions { Threads = 2 });
        long pooled = 0;
        for (int step = 0; step < 20; step++)
        {
            using Tensor a = engine.FromHost(Values.Random(64 * 64), [64, 64]);
            using Tensor b = engine.MatMul(a, a);
            using Tensor c = engine.Softmax(b, 1f, null);
            engine.Accumulate(c, a);
            if (step == 2)
            {
                pooled = engine.PooledBytes + engine.LiveBytes;
            }
        }

        Assert.Equal(0, engine.LiveTensors);
        Assert.Equal(0, engine.LiveBytes);
        Assert.InRange(engine.PooledBytes, 1, pooled + 1);
        engine.Trim();
        Assert.Equal(0, engine.PooledBytes);
    }

    [Fact]
    public void Pool_BeyondItsCapacity_FreesBlocks()
    {
        using CpuEngine engine = new(new CpuEngineOptions { PoolBytes = 100_000 });
        List<Tensor> tensors = [.. Enumerable.Range(0, 10).Select(_ => engine.Zeros([5000]))];
        tensors.ForEach(t => t.Dispose());
        Assert.InRange(engine.PooledBytes, 0, 100_000);
        Assert.Equal(0, engine.LiveBytes);
    }

    [Fact]
    public void Options_Defaults_AreDocumentedOnes()
    {
        CpuEngineOptions options = new();
        Assert.Equal((0, InstructionSet.Auto, 1L << 30), (options.Threads, options.Instructions, options.PoolBytes));
        using CpuEngine engine = new(new CpuEngineOptions { Threads = 2 });
        Assert.Equal(Environment.ProcessorCount, engine.Threads);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuEngine(new CpuEngineOptions { Threads = -1 }));
    }
}
