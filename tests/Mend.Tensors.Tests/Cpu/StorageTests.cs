using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu;

namespace Mend.Tensors.Tests.Cpu;

public sealed class StorageTests
{
    [Fact]
    public void Dispose_LastHandle_GivesStorageBack()
    {
        using CpuEngine engine = new();
        Tensor x = engine.FromHost([1f, 2f, 3f, 4f], [4]);
        Tensor view = engine.Reshape(x, [2, 2]);
        Tensor shared = engine.Share(view);
        Assert.Equal(3, engine.LiveTensors);
        x.Dispose();
        x.Dispose();
        view.Dispose();
        Assert.Equal([1f, 2f, 3f, 4f], engine.Host(shared));
        Assert.True(engine.LiveBytes > 0);
        shared.Dispose();
        Assert.Equal(0, engine.LiveTensors);
        Assert.Equal(0, engine.LiveBytes);
    }

    [Fact]
    public void Use_AfterDispose_SaysSo()
    {
        using CpuEngine engine = new();
        Tensor x = engine.Zeros([2]);
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Scale(x, 2f));
        Assert.Throws<ObjectDisposedException>(() => engine.Share(x));
    }

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
    public void Finalizer_ForgottenTensor_GivesStorageBack()
    {
        using CpuEngine engine = new();
        Forget(engine);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(0, engine.LiveTensors);
        Assert.Equal(0, engine.LiveBytes);
    }

    [Fact]
    public void Dispose_EngineBeforeTensor_TensorStaysReadable()
    {
        CpuEngine engine = new();
        Tensor x = engine.FromHost([1f, 2f], [2]);
        engine.Dispose();
        engine.Dispose();
        Assert.Equal([1f, 2f], engine.Host(x));
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Zeros([1]));
    }

    [Fact]
    public void Operations_ForeignOperand_Throw()
    {
        using CpuEngine here = new();
        using CpuEngine there = new();
        using StoredWeights stored = new();
        using Tensor x = here.Zeros([2, 2]);
        using Tensor foreign = there.Zeros([2, 2]);
        using Weight w = there.LoadWeight(stored.Store("w", [2, 2], new float[4], DType.F32), WeightLayout.OutIn);
        Assert.Contains("another engine", Assert.Throws<ArgumentException>(() => here.Add(x, foreign)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => here.MatMul(foreign, x));
        Assert.Throws<ArgumentException>(() => here.Linear(x, w, null));
        Assert.Throws<ArgumentException>(() => here.ToHost(foreign, new float[4]));
    }

    [Fact]
    public void FromHostAndToHost_WrongLengths_Throw()
    {
        using CpuEngine engine = new();
        using Tensor x = engine.Zeros([3]);
        Assert.Throws<ShapeException>(() => engine.FromHost([1f], [2]));
        Assert.Throws<ShapeException>(() => engine.ToHost(x, new float[2]));
    }

    [Fact]
    public void LoadWeight_IntegerTensor_NamesIt()
    {
        using CpuEngine engine = new();
        using StoredWeights stored = new();
        StoredTensor source = stored.Store("ids", [4], new float[4], DType.F32);
        StoredTensor integers = new("ids", DType.I32, [2, 2], "a.safetensors", source.Address, stored);
        CheckpointException e = Assert.Throws<CheckpointException>(() => engine.LoadWeight(integers, WeightLayout.OutIn));
        Assert.Contains("'ids'", e.Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => engine.LoadWeight(source, WeightLayout.OutIn));
        Assert.Equal([0f, 0f, 0f, 0f], engine.Take(engine.LoadTensor(integers)));
    }

    [Fact]
    public void Options_Defaults_AreDocumentedOnes()
    {
        CpuEngineOptions options = new();
        Assert.Equal((0, InstructionSet.Auto, 1L << 30), (options.Threads, options.Instructions, options.PoolBytes));
        using CpuEngine engine = new();
        Assert.Equal(Environment.ProcessorCount, engine.Threads);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CpuEngine(new CpuEngineOptions { Threads = -1 }));
    }

    [Fact]
    public async Task Operations_FromManyThreads_AreSafe()
    {
        using CpuEngine engine = new(new CpuEngineOptions { Threads = 3 });
        float[] values = Values.Random(200 * 300);
        using Tensor x = engine.FromHost(values, [200, 300]);
        float[] expected = engine.Take(engine.MatMul(x, x, transposeB: true));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 20; i++)
            {
                Assert.Equal(expected, engine.Take(engine.MatMul(x, x, transposeB: true)));
            }
        })));
        Assert.Equal(1, engine.LiveTensors);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(CpuEngine engine) => _ = engine.Zeros([100]);
}
