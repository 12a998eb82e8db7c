using Mend.Tensors;

namespace Mend.Testing;

public abstract class IndexingTests<TEngines> : EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    [Theory]
    [MemberData(nameof(Names))]
    public void GatherAndScatterRows_RepeatedRows_AreTransposes(string name)
    {
        using IEngine engine = TEngines.Create(name);
        float[] values = Values.Random(4 * 70);
        using Tensor x = engine.FromHost(values, [4, 70]);
        using Tensor gathered = engine.GatherRows(x, [2, 0, 2]);
        Assert.Equal([3, 70], gathered.Shape);
        Assert.Equal([.. values[140..210], .. values[..70], .. values[140..210]], engine.Host(gathered));
        float[] scattered = engine.Take(engine.ScatterRows(gathered, [1, 3, 1], 5));
        Assert.Equal(5 * 70, scattered.Length);
        Assert.Equal(values[140..210].Select(v => v + v), scattered[70..140]);
        Assert.Equal(values[..70], scattered[210..280]);
        Assert.All(scattered[..70], v => Assert.Equal(0f, v));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PickAndItsGradient_Columns_AreTransposes(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using Tensor x = engine.FromHost([1f, 2f, 3f, 4f, 5f, 6f], [2, 3]);
        using Tensor picked = engine.Pick(x, [2, 0]);
        Assert.Equal([2], picked.Shape);
        Assert.Equal([3f, 4f], engine.Host(picked));
        Assert.Equal([0f, 0f, 3f, 4f, 0f, 0f], engine.Take(engine.PickGradient(picked, [2, 0], 3)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Embed_Rows_AreTheStoredRows(string name)
    {
        foreach (DType type in (DType[])[DType.F32, DType.BF16, DType.F16])
        {
            Embed(name, type);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Indices_OutsideTheirRange_SayWhich(string name)
    {
        using IEngine engine = TEngines.Create(name);
        using StoredWeights stored = new();
        using Weight table = engine.LoadWeight(stored.Store("wte", [9, 4], new float[36], DType.F32), WeightLayout.OutIn);
        using Tensor x = engine.Zeros([2, 3]);
        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(() => engine.Embed(table, [1, 9]));
        Assert.Contains("number 1 is 9", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.GatherRows(x, [-1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.ScatterRows(x, [0, 2], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Pick(x, [0, 3]));
        Assert.Throws<ShapeException>(() => engine.Pick(x, [0]));
        Assert.Throws<ShapeException>(() => engine.ScatterRows(x, [0], 2));
        Assert.Throws<ShapeException>(() => engine.PickGradient(x, [0], 2));
        Assert.Throws<ShapeException>(() => engine.ToHost(table, 8, new float[8]));
        Assert.Throws<ShapeException>(() => engine.ToHost(table, 0, new float[6]));
    }

    private static void Embed(string name, DType type)
    {
        using IEngine engine = TEngines.Create(name);
        using StoredWeights stored = new();
        float[] values = Values.Random(9 * 37);
        using Weight table = engine.LoadWeight(stored.Store("wte", [9, 37], values, type), WeightLayout.OutIn);
        float[] row = new float[37];
        engine.ToHost(table, 7, row);
        float[] embedded = engine.Take(engine.Embed(table, [0, 7]));
        Assert.Equal(row, embedded[37..]);
        Values.AssertClose(values[..37], embedded[..37], 0, type == DType.F32 ? 0 : 1 / 256.0);
    }
}
