using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Overlays;

/// <summary>Edits laid over frozen layers are the layers with the change added to their weights.</summary>
public sealed class OverlayTests : IDisposable
{
    private readonly ModelFolder _folder = ModelFolder.Open(ModelFixtures.Folder("gpt2"));
    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });
    private readonly IReadOnlyList<EditFactors>[] _edits;

    public OverlayTests() => _edits = [.. Enumerable.Range(1, 6).Select(seed => RandomFactors.Of(_folder.Architecture, seed))];

    public void Dispose()
    {
        Assert.Equal(0, _engine.LiveTensors);
        _folder.Dispose();
        _engine.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    [InlineData(512)]
    public async Task RunAsync_Version_AnswersAsACheckpointWithTheChangeInItsWeights(int foldRank)
    {
        using ShardChain chain = Load(foldRank);

        for (int version = 0; version <= _edits.Length; version += 2)
        {
            float[] expected = await DenseAsync([.. _edits.Take(version).SelectMany(e => e)]);
            AssertClose(expected, await LogitsAsync(chain, new Pass { Batch = Batch, Version = version }), 2e-5, $"version {version}");
        }
    }

    [Fact]
    public async Task RunAsync_VersionsReachedInAnyOrder_HaveTheSameBits()
    {
        float[][] upward = await VersionsAsync([1, 2, 3, 4, 5, 6]);
        float[][] downward = await VersionsAsync([6, 5, 4, 3, 2, 1]);
        float[][] late = await VersionsAsync([6]);

        Assert.Equal(upward, downward.Reverse());
        Assert.Equal(upward[5], late[0]);

        async Task<float[][]> VersionsAsync(int[] versions)
        {
            // Rank 9 edits are folded, rank 9 of the sixth's 18 at a time; what is left stays beside them.
            using ShardChain chain = Load(foldRank: 7);
            List<float[]> logits = [];
            foreach (int version in versions)
            {
                logits.Add(await LogitsAsync(chain, new Pass { Batch = Batch, Version = version }));
            }

            return [.. logits];
        }
    }

    [Fact]
    public async Task RunAsync_BaseAfterAnEditedVersion_HasTheBasesBits()
    {
        using ShardChain chain = Load(foldRank: 1);
        float[] before = await LogitsAsync(chain, new Pass { Batch = Batch });

        await LogitsAsync(chain, new Pass { Batch = Batch, Version = 3 });

        Assert.Equal(before, await LogitsAsync(chain, new Pass { Batch = Batch }));
    }

    [Fact]
    public async Task RunAsync_MoreVersionsThanAreKept_GivesTheOldestBack()
    {
        using ShardChain chain = Load(foldRank: 512);
        for (int version = 1; version <= 4; version++)
        {
            await LogitsAsync(chain, new Pass { Batch = Batch, Version = version });
        }

        long four = _engine.LiveTensors;
        await LogitsAsync(chain, new Pass { Batch = Batch, Version = 5 });
        await LogitsAsync(chain, new Pass { Batch = Batch, Version = 6 });

        Assert.Equal(four, _engine.LiveTensors);
    }

    [Fact]
    public async Task RunAsync_PreviewOnAVersion_IsTheVersionThatHoldsItToo()
    {
        using ShardChain chain = Load(foldRank: 512);

        float[] committed = await LogitsAsync(chain, new Pass { Batch = Batch, Version = 3 });
        float[] preview = await LogitsAsync(chain, new Pass { Batch = Batch, Version = 2, Preview = _edits[2] });
        float[] before = await LogitsAsync(chain, new Pass { Batch = Batch, Version = 1, Before = _edits[1], Preview = _edits[2] });

        AssertClose(committed, preview, 1e-5, "preview");
        AssertClose(committed, before, 1e-5, "edits of the same batch");
    }

    [Fact]
    public async Task RunAsync_PreviewScales_AreSeparatePreviewsOfScaledFactors()
    {
        using ShardChain chain = Load(foldRank: 512);
        float[] scales = [0f, 0.5f, 1f, -2f];
        int[] row = Batch.InputIds;
        ModelBatch four = new(4, [.. scales.SelectMany(_ => row)]);

        float[] together = await LogitsAsync(chain, new Pass { Batch = four, Version = 1, Before = _edits[1], Preview = _edits[0], PreviewScales = scales });

        int width = together.Length / 4;
        for (int i = 0; i < scales.Length; i++)
        {
            IReadOnlyList<EditFactors> scaled = [.. _edits[0].Select(f => new EditFactors(f.Layer, f.Rank, f.Inputs, f.Outputs, f.U, f.Delta, f.Step * scales[i]))];
            float[] alone = await LogitsAsync(chain, new Pass { Batch = Batch, Version = 1, Before = _edits[1], Preview = scaled });
            AssertClose(alone, together[(i * width)..((i + 1) * width)], 1e-5, $"scale {scales[i]}");
        }
    }

    [Fact]
    public async Task RunAsync_PreviewThatDoesNotFit_LeavesNoTensor()
    {
        using ShardChain chain = Load(foldRank: 512);
        await LogitsAsync(chain, new Pass { Batch = Batch, Version = 1 });
        long before = _engine.LiveTensors;
        EditFactors odd = new(_folder.Architecture.DefaultEditedLayers[0], 1, 3, 5, new float[3], new float[5], 1);

        await Assert.ThrowsAnyAsync<Exception>(() => LogitsAsync(chain, new Pass { Batch = Batch, Version = 1, Preview = [odd] }));
        await Assert.ThrowsAnyAsync<Exception>(() => LogitsAsync(chain, new Pass { Batch = Batch, Version = 1, Preview = [.. _edits[0], odd] }));
        await Assert.ThrowsAnyAsync<Exception>(() => LogitsAsync(chain, new Pass { Batch = Batch, Version = 1, Preview = _edits[0], PreviewScales = [1, 2, 3] }));

        Assert.Equal(before, _engine.LiveTensors);
    }

    [Fact]
    public void Dispose_WhileLeased_KeepsTheTensorsForTheLastUser()
    {
        using ShardChain chain = Load(foldRank: 512);
        IReadOnlyDictionary<string, Weight> layers = chain.Shards[^1].Layers;
        long before = _engine.LiveTensors;
        EditOverlay overlay = EditOverlay.Build(_engine, layers.GetValueOrDefault, _edits[0], 512);
        Assert.True(overlay.TryLease());
        Assert.True(overlay.ByteLength > 0);

        overlay.Dispose();
        Assert.True(_engine.LiveTensors > before, "The overlay went with its first user.");
        overlay.Dispose();

        Assert.Equal(before, _engine.LiveTensors);
        Assert.False(overlay.TryLease());
    }

    [Fact]
    public void Build_FactorsThatCannotBeFolded_LeavesNoTensor()
    {
        using ShardChain chain = Load(foldRank: 512);
        long before = _engine.LiveTensors;
        EditFactors odd = new(_folder.Architecture.DefaultEditedLayers[^1], 1, 3, 5, new float[3], new float[5], 1);
        Dictionary<string, Weight> layers = chain.Shards.SelectMany(s => s.Layers).ToDictionary(l => l.Key, l => l.Value);

        Assert.Throws<ShapeException>(() => EditOverlay.Build(_engine, layers.GetValueOrDefault, [.. _edits[0], odd], 1));

        Assert.Equal(before, _engine.LiveTensors);
    }

    private static ModelBatch Batch { get; } = new(1, [5, 17, 42, 8, 61, 3]);

    private ShardChain Load(int foldRank) => ShardChain.Load(
        _folder.Architecture, ShardPlan.Balanced(_folder.Architecture, 2), _folder.Checkpoint, _engine, new StackedVersions(_edits), new ShardOptions { FoldRank = foldRank });

    private static async Task<float[]> LogitsAsync(ShardChain chain, Pass pass) =>
        (await chain.RunAsync(pass with { Outputs = PassOutputs.Logits }, PassHooks.None, default)).Logits!.Data;

    /// <summary>The logits of a checkpoint whose weights were rewritten in float64.</summary>
    private async Task<float[]> DenseAsync(IReadOnlyList<EditFactors> edits)
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of("gpt2", _ => { }, tensors =>
        {
            foreach (EditFactors edit in edits)
            {
                // GPT-2 stores [in, out].
                float[] weight = tensors[edit.Layer].Values;
                for (int at = 0; at < weight.Length; at++)
                {
                    (int i, int o) = (at / edit.Outputs, at % edit.Outputs);
                    weight[at] += (float)Enumerable.Range(0, edit.Rank).Sum(r => (double)edit.Step * edit.U[(r * edit.Inputs) + i] * edit.Delta[(r * edit.Outputs) + o]);
                }
            }
        });
        using ModelFolder folder = ModelFolder.Open(copy.Path);
        using ShardChain chain = ShardChain.Load(folder.Architecture, ShardPlan.Balanced(folder.Architecture, 1), folder.Checkpoint, _engine);
        return await LogitsAsync(chain, new Pass { Batch = Batch });
    }

    private static void AssertClose(float[] expected, float[] actual, double tolerance, string what)
    {
        double scale = expected.Max(Math.Abs);
        (double worst, int at) = expected.Select((e, i) => ((double)Math.Abs(e - actual[i]), i)).Max();
        Assert.True(worst <= tolerance * scale, $"{what}: {expected[at]} is wanted at {at} and {actual[at]} is there; the largest is {scale}.");
    }
}
