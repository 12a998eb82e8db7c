using Mend.Tensors;

namespace Mend.Benchmarks;

/// <summary>What an engine's device can do at most, measured through the engine itself.</summary>
/// <param name="Bandwidth">Bytes per second that a copy reads and writes.</param>
/// <param name="Rate">Floating-point operations per second of a large product.</param>
internal sealed record DeviceLimits(double Bandwidth, double Rate)
{
    /// <summary>Measures: large enough to leave the caches and to fill a card, small enough for a processor.</summary>
    public static DeviceLimits Measure(IEngine engine, DType type)
    {
        bool device = engine.Name.StartsWith("cuda", StringComparison.Ordinal);
        int length = device ? 1 << 28 : 1 << 25;
        int size = device ? 8192 : 1024;
        float[] host = new float[1];
        using Tensor one = engine.Zeros([1]);
        using Tensor large = engine.Zeros([length]);
        using SyntheticWeight stored = new([size, size], device ? type : DType.F32);
        using Weight w = engine.LoadWeight(stored.Tensor, WeightLayout.OutIn);
        using Tensor x = engine.Zeros([size, size]);
        double copy = Best(() => engine.Scale(large, 2f));
        double product = Best(() => engine.Linear(x, w, null));
        return new DeviceLimits(2.0 * sizeof(float) * length / copy, 2.0 * size * size * size / product);

        double Best(Func<Tensor> run) => Stopwatches.Measure(5, () =>
        {
            run().Dispose();
            engine.ToHost(one, host);
        })[0].Best / 1e3;
    }
}
