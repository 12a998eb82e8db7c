using CsCheck;
using Mend.Tensors.Cpu;

namespace Mend.Tensors.Tests.Cpu;

/// <summary>A text's rows have the bits they have alone, whatever pieces it comes in, whoever comes with it and however many threads there are.</summary>
public sealed class AttentionDeterminismTests
{
    [Theory]
    [MemberData(nameof(TestEngines.Names), MemberType = typeof(TestEngines))]
    public void Attend_AnyPiecesAndNeighbours_GivesTheBitsOfTheTextAlone(string name) =>
        Gen.Select(Gen.Int[1, 90].Array[1, 5], Gen.Int[1, 90].Array[5], Gen.Int[0, 3], Gen.Int[0, 40], Gen.Bool, Gen.Int[1, 3])
            .Hold(20, seed: 14, given =>
            {
                (int[] pieces, int[] others, int shape, int window, bool biased, int threads) = given;
                (int heads, int keyHeads) = shape switch { 0 => (3, 3), 1 => (6, 2), 2 => (8, 1), _ => (20, 2) };
                AttentionSettings settings = new(0.3f, window == 0 ? null : window, biased ? 2f : null);
                AttentionText Text(int seed, int[] steps) => new(seed, steps, heads, keyHeads, 11, 13, biased);

                using CpuEngine alone = TestEngines.Create(Enum.Parse<InstructionSet>(name), threads: 1);
                AttentionText whole = Text(7, [pieces.Sum()]);
                float[] expected = AttentionText.Step(alone, [whole], settings)[0];
                whole.Memory!.Dispose();

                using CpuEngine engine = TestEngines.Create(Enum.Parse<InstructionSet>(name), threads);
                AttentionText text = Text(7, pieces), neighbour = Text(8, others);
                float[] actual = [.. pieces.SelectMany(_ => AttentionText.Step(engine, [neighbour, text], settings)[1])];
                text.Memory!.Dispose();
                neighbour.Memory!.Dispose();
                Assert.Equal(expected, actual);
            });
}
