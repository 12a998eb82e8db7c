using System.Runtime.CompilerServices;
using Mend.Tensors;

namespace Mend.Testing;

public abstract class StorageTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    [Theory]
    [MemberData(nameof(Names))]
    public void Dispose_LastHandle_GivesStorageBack(string name)
    {
        using IEngine engine = TEngines.Create(name);
        Tensor x = engine.FromHost([1f, 2f, 3f, 4f], [4]);
        Tensor view = engine.Reshape(x, [2, 2]);
        Tensor shared = engine.Share(view);
        Assert.Equal(3, TEngines.LiveTensors(engine));
        x.Dispose();
        x.Dispose();
        view.Dispose();
        Assert.Equal([1f, 2f, 3f, 4f], engine.Host(shared));
        shared.Dispose();
        Assert.Equal(0, TEngines.LiveTensors(engine));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Use_AfterDispose_SaysSo(string name)
    {
        using IEngine engine = TEngines.Create(name);
        Tensor x = engine.Zeros([2]);
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Scale(x, 2f));
        Assert.Throws<ObjectDisposedException>(() => engine.Share(x));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Finalizer_ForgottenTensor_GivesStorageBack(string name)
    {
        using IEngine engine = TEngines.Create(name);
        Forget(engine);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal(0, TEngines.LiveTensors(engine));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Dispose_EngineBeforeTensor_TensorStaysReadable(string name)
    {
        IEngine engine = TEngines.Create(name);
        Tensor x = engine.FromHost([1f, 2f], [2]);
        engine.Dispose();
        engine.Dispose();
        Assert.Equal([1f, 2f], engine.Host(x));
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.Zeros([1]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Operations_ForeignOperand_Throw(string name)
    {
        using IEngine here = TEngines.Create(name);
        using IEngine there = TEngines.Create(name);
        using StoredWeights stored = new();
        using Tensor x = here.Zeros([2, 2]);
        using Tensor foreign = there.Zeros([2, 2]);
        using Weight w = there.LoadWeight(stored.Store("w", [2, 2], new float[4], DType.F32), WeightLayout.OutIn);
        Assert.Contains("another engine", Assert.Throws<ArgumentException>(() => here.Add(x, foreign)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => here.MatMul(foreign, x));
        Assert.Throws<ArgumentException>(() => here.Linear(x, w, null));
        Assert.Throws<ArgumentException>(() => here.ToHost(foreign, new float[4]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void FromHostAndToHost_WrongLengths_Throw(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using Tensor x = engine.Zeros([3]);
        Assert.Throws<ShapeException>(() => engine.FromHost([1f], [2]));
        Assert.Throws<ShapeException>(() => engine.ToHost(x, new float[2]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void LoadWeight_IntegerTensor_NamesIt(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using StoredWeights stored = new();
        StoredTensor source = stored.Store("ids", [4], new float[4], DType.F32);
        StoredTensor integers = new("ids", DType.I32, [2, 2], "a.safetensors", source.Address, stored);
        CheckpointException e = Assert.Throws<CheckpointException>(() => engine.LoadWeight(integers, WeightLayout.OutIn));
        Assert.Contains("'ids'", e.Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => engine.LoadWeight(source, WeightLayout.OutIn));
        Assert.Equal([0f, 0f, 0f, 0f], engine.Take(engine.LoadTensor(integers)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Operations_FromManyThreads_AreSafe(string name)
    {
        using IEngine engine = TEngines.Create(name);
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
        Assert.Equal(1, TEngines.LiveTensors(engine));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(IEngine engine) => _ = engine.Zeros([100]);
}
