
namespace Mend.Tensors.Torch.Tests.Engine;

/// <summary>What is libtorch's alone: products in bfloat16 and in blocks, repeatability, copies in pieces.</summary>
[NeedsLibTorch]
public sealed class ProductTests
{
    [Theory]
    [MemberData(nameof(TestEngines.Names), MemberType = typeof(TestEngines))]
    public void Linear_ComputedInBF16_HasItsPrecision(string name)
    {
        using IEngine engine = Engines.Create(EngineName.Parse(name), new EngineSettings { Threads = 2, Compute = ComputeType.BF16 });
        foreach (WeightLayout layout in Enum.GetValues<WeightLayout>())
        {
            using LinearProblem p = new(engine, DType.BF16, layout, 17, 130, 70);
            double[] expected = p.Linear();
            double scale = expected.Max(Math.Abs);
            Values.AssertClose(expected, engine.Take(engine.Linear(p.X, p.W, p.Bias)), 0.01 * scale, 0, layout.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(TestEngines.Names), MemberType = typeof(TestEngines))]
    public void Linear_ComputedInBF16WithOtherWeights_StaysExact(string name)
    {
        using IEngine engine = Engines.Create(EngineName.Parse(name), new EngineSettings { Threads = 2, Compute = ComputeType.BF16 });
        foreach (DType type in (DType[])[DType.F32, DType.F16])
        {
            using LinearProblem p = new(engine, type, WeightLayout.OutIn, 5, 64, 40);
            Values.AssertClose(p.Linear(), engine.Take(engine.Linear(p.X, p.W, p.Bias)), 1e-4, 1e-5, type.ToString());
        }
    }

    [Theory]
    [InlineData(WeightLayout.InOut)]
    [InlineData(WeightLayout.OutIn)]
    public void Linear_WeightOfManyBlocks_EqualsReference(WeightLayout layout)
    {
        // 1.6 M elements: more than are converted at a time.
        using IEngine engine = TestEngines.Create(TestEngines.Torch);
        using LinearProblem p = new(engine, DType.BF16, layout, 2, 1600, 1000);
        Values.AssertClose(p.Linear(), engine.Take(engine.Linear(p.X, p.W, p.Bias)), 1e-3, 1e-5);
        Values.AssertClose(p.InputGradient(), engine.Take(engine.LinearInputGradient(p.Dy, p.W)), 1e-3, 1e-5);
    }

    [Fact]
    public void Products_Repeated_GiveTheSameBits()
    {
        using IEngine engine = TestEngines.Create(TestEngines.Torch);
        using LinearProblem p = new(engine, DType.BF16, WeightLayout.OutIn, 150, 300, 520);
        float[] first = engine.Take(engine.Linear(p.X, p.W, p.Bias));
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(first, engine.Take(engine.Linear(p.X, p.W, p.Bias)));
        }
    }

    [Theory]
    [MemberData(nameof(TestEngines.Names), MemberType = typeof(TestEngines))]
    public void ScatterRows_ManyRowsForOnePlace_AddsThemInOrder(string name)
    {
        using IEngine engine = TestEngines.Create(name);
        using Tensor x = engine.FromHost([1e8f, 1f, -1e8f, 1f], [4, 1]);
        Assert.Equal([0f, ((1e8f + 1f) - 1e8f) + 1f], engine.Take(engine.ScatterRows(x, [1, 1, 1, 1], 2)));
    }

    [Theory]
    [MemberData(nameof(TestEngines.Names), MemberType = typeof(TestEngines))]
    public void FromHostAndToHost_SeveralPieces_KeepEveryElement(string name)
    {
        using IEngine engine = TestEngines.Create(name);
        float[] values = new float[(Torch.Memory.HostCopy.PieceBytes / sizeof(float) * 2) + 7];
        for (int i = 0; i < values.Length; i += 1001)
        {
            values[i] = i;
        }

        values[^1] = 5f;
        using Tensor x = engine.FromHost(values, [values.Length]);
        Assert.True(values.AsSpan().SequenceEqual(engine.Host(x)));
    }

    [Theory]
    [MemberData(nameof(TestEngines.Names), MemberType = typeof(TestEngines))]
    public void Permute_OrderThatChangesNothing_HasStorageOfItsOwn(string name)
    {
        using IEngine engine = TestEngines.Create(name);
        using Tensor x = engine.FromHost([1f, 2f], [1, 2]);
        using Tensor y = engine.Permute(x, [1, 0]);
        using Tensor z = engine.Narrow(x, 0, 0, 1);
        engine.Accumulate(y, y);
        engine.Accumulate(z, z);
        Assert.Equal([1f, 2f], engine.Host(x));
    }
}
