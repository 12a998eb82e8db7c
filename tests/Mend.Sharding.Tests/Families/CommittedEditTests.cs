using Mend.Editing;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Sharding.Tests.Families;

/// <summary>An edit in a version, folded or not, reverted, and exported in half precision, for every family.</summary>
public sealed class CommittedEditTests
{
    [Theory]
    [MemberData(nameof(FamilyModel.All), MemberType = typeof(FamilyModel))]
    [MemberData(nameof(FamilyModel.Decoders), MemberType = typeof(FamilyModel))]
    public async Task RunAsync_VersionsWithAndWithoutTheEdit_AreThePreviewAndTheExactBase(string name)
    {
        using FamilyModel model = new(name);
        using ModelFolder folder = ModelFolder.Open(ModelFixtures.Folder(name));
        EditRecord record = (await model.RecordsAsync(1))[0];
        IReadOnlyList<EditFactors> factors = await FactorsAsync(model, record);
        float[] before = await model.LogitsAsync(record, []);
        float[] preview = await model.LogitsAsync(record, factors);
        foreach (int foldRank in new[] { 1, 4096 })
        {
            // Version 1 holds the edit, version 2 reverts it.
            using ShardChain chain = ShardChain.Load(
                folder.Architecture, ShardPlan.Balanced(folder.Architecture, 2), folder.Checkpoint, ModelFixtures.Engine, new OneEdit(factors), new ShardOptions { FoldRank = foldRank });

            float[] edited = await LogitsAsync(chain, model, record, 1);
            float[] reverted = await LogitsAsync(chain, model, record, 2);

            Assert.NotEqual(before, edited);
            float scale = preview.Max(Math.Abs);
            Assert.All(preview, (logit, i) => Assert.InRange(edited[i], logit - (1e-4f * scale), logit + (1e-4f * scale)));
            Assert.Equal(before, reverted);
        }
    }

    [Theory]
    [MemberData(nameof(HalfPrecisionTests.Copies), MemberType = typeof(HalfPrecisionTests))]
    public async Task Write_HalfPrecisionCopyWithAnEdit_ReloadsToFiniteNumbers(string name, DType type)
    {
        using TemporaryCheckpoint copy = TemporaryCheckpoint.Of(name, type: type);
        using FamilyModel model = new(name, copy.Path);
        EditRecord record = (await model.RecordsAsync(1))[0];
        IReadOnlyList<EditFactors> factors = await FactorsAsync(model, record);
        string target = copy.Path + "-edited";
        try
        {
            using (ModelFolder folder = ModelFolder.Open(copy.Path))
            {
                EditedCheckpoint.Write(folder, factors, ModelFixtures.Engine, target, asFloat32: false, default);
            }

            using FamilyModel edited = new(name, target);
            float[] logits = await edited.LogitsAsync(record, []);
            Assert.All(logits, logit => Assert.True(float.IsFinite(logit)));
            Assert.NotEqual(await model.LogitsAsync(record, []), logits);
        }
        finally
        {
            Directory.Delete(target, recursive: true);
        }
    }

    /// <summary>A plain gradient step as an edit: u and δ themselves, downhill.</summary>
    private static async Task<IReadOnlyList<EditFactors>> FactorsAsync(FamilyModel model, EditRecord record)
    {
        IReadOnlyList<EditSignals> signals = await GradientPass.RunAsync(
            model.Chain,
            model.Architecture.DefaultEditedLayers,
            [model.Encoder.Encode(record.Prompt, record.Target)],
            model.Encoder.Padding,
            0,
            [],
            0,
            default);
        return [.. signals[0].Layers.Select(s => new EditFactors(s.Layer, s.Rows, s.Inputs, s.Outputs, s.U, s.Delta, -0.1f))];
    }

    private static async Task<float[]> LogitsAsync(ShardChain chain, FamilyModel model, EditRecord record, long version)
    {
        ExampleBatch batch = new([model.Encoder.Encode(record.Prompt, record.Target)], model.Architecture, model.Encoder.Padding);
        Pass pass = new() { Batch = batch.Inputs, Outputs = PassOutputs.Logits, Version = version };
        return (await chain.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
    }

    private sealed class OneEdit(IReadOnlyList<EditFactors> factors) : IVersionFactors
    {
        public Task<VersionFactors> FactorsAsync(long version, Func<string, bool> owns, CancellationToken cancellationToken) =>
            Task.FromResult(version == 1 ? new VersionFactors(null, [.. factors.Where(f => owns(f.Layer))]) : VersionFactors.None);
    }
}
