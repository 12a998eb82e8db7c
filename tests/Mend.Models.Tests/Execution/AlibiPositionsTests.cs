using Mend.Models.Execution;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Models.Tests.Execution;

public sealed class AlibiPositionsTests
{
    [Theory]
    [InlineData(8, 0, 0.5)]
    [InlineData(8, 7, 1.0 / 256)]
    [InlineData(16, 0, 0.7071067811865476)]
    [InlineData(12, 7, 1.0 / 256)]
    [InlineData(12, 8, 0.7071067811865476)]
    [InlineData(12, 11, 0.08838834764831845)]
    public void Slope_HeadsWithAndWithoutAPowerOfTwo_AreThePapers(int heads, int head, double slope) =>
        Assert.Equal(slope, AlibiPositions.Slope(head, heads), 1e-12);

    /// <summary>Head 8 of 12: 2^(-1/2) is 0.70703125 in bfloat16, position 257 is 256, and their product 181 exactly; 3 times it is 2.125.</summary>
    [Fact]
    public void Scores_LatePositions_AreRoundedAsInTraining()
    {
        using CpuEngine engine = new(new CpuEngineOptions { Threads = 1 });
        using PassContext pass = new(engine, new ModelBatch(1, new int[300]));

        Tensor scores = AlibiPositions.Scores(pass, 12, 300, 0.5f);

        float[] host = new float[scores.Shape.Length];
        engine.ToHost(scores, host);
        Assert.Equal([1, 12, 1, 300], scores.Shape);
        Assert.Equal((0f, 2.125f * 0.5f, 181f * 0.5f), (host[8 * 300], host[(8 * 300) + 3], host[(8 * 300) + 257]));
    }
}
