using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Editing.Tests.Training;

public sealed class AdamOptimizerTests : IDisposable
{
    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });
    private readonly ParameterSet _parameters;
    private readonly AdamOptimizer _optimizer;

    public AdamOptimizerTests()
    {
        _parameters = new ParameterSet(_engine);
        _parameters.Add("a", [2], () => 1);
        _parameters.Add("b", [1], () => 1);
        _optimizer = new AdamOptimizer(_parameters);
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _parameters.Dispose();
        Assert.Equal(0, _engine.LiveTensors);
        _engine.Dispose();
    }

    [Fact]
    public void Apply_FirstStep_GoesTheRateAgainstTheSign()
    {
        double norm = Apply(100, ("a", [3, -4]));

        Assert.Equal(5, norm, 1e-6);
        Values.AssertClose([0.9f, 1.1f], _parameters.Get("a"), 1e-6, 0, "a");
        Assert.Equal([1f], _parameters.Get("b"));
        Assert.Equal([0f], _optimizer.Get("b").First);
    }

    [Fact]
    public void Apply_LongGradient_IsShortenedAsAWhole()
    {
        double norm = Apply(1, ("a", [3, 0]), ("b", [4]));

        Assert.Equal(5, norm, 1e-6);
        Values.AssertClose([0.06f, 0f], _optimizer.Get("a").First, 1e-6, 0, "first moment of a");
        Values.AssertClose([0.08f], _optimizer.Get("b").First, 1e-6, 0, "first moment of b");
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Apply_GradientThatIsNotFinite_ChangesNothing(float value)
    {
        double norm = Apply(1, ("a", [1, value]), ("b", [1]));

        Assert.False(double.IsFinite(norm));
        Assert.Equal([1f, 1f], _parameters.Get("a"));
        Assert.Equal([1f], _parameters.Get("b"));
        Assert.Equal([0f, 0f], _optimizer.Get("a").Second);
    }

    [Fact]
    public void Set_Moments_AreWhatGetTells()
    {
        _optimizer.Set("a", [1, 2], [3, 4]);

        Assert.Equal([1f, 2f], _optimizer.Get("a").First);
        Assert.Equal([3f, 4f], _optimizer.Get("a").Second);
    }

    private double Apply(float clip, params (string Name, float[] Values)[] gradients)
    {
        Dictionary<string, Tensor> tensors = gradients.ToDictionary(g => g.Name, g => _engine.FromHost(g.Values, [g.Values.Length]));
        double norm = _optimizer.Apply(tensors, _ => 0.1f, clip);
        tensors.Values.ToList().ForEach(t => t.Dispose());
        return norm;
    }
}
