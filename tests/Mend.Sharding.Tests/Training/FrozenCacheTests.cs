using Mend.Editing;
using Mend.Tensors;

namespace Mend.Sharding.Tests.Training;

/// <summary>A training step that starts from cached hidden states is the step that runs the whole model.</summary>
public sealed class FrozenCacheTests
{
    private static readonly TrainingOptions Options = new() { EditWeight = 1f, LocalityPositions = LocalityPositions.All };

    [Theory]
    [InlineData("gpt2", null)]
    [InlineData("gpt_neo", null)]
    [InlineData("gptj", null)]
    [InlineData("llama", null)]
    [InlineData("t5", null)]
    [InlineData("t5", "encoder.block.2.*DenseReluDense.w?.weight")]
    [InlineData("t5", "decoder.block.0.*DenseReluDense.wi.weight")]
    [InlineData("t5_v1_1", "decoder.block.2.*.wo.weight")]
    [InlineData("bart", null)]
    [InlineData("bart", "model.decoder.layers.0.fc?.weight")]
    [InlineData("bart", "model.encoder.layers.0.fc1.weight")]
    [InlineData("bert_classifier", null)]
    public async Task Step_FromCachedHiddenStates_EqualsTheStepThroughTheWholeModel(string name, string? pattern)
    {
        using FamilyModel model = new(name);
        IReadOnlyList<EditRecord> records = await model.RecordsAsync(3);
        IReadOnlyList<string> layers = model.Architecture.ResolveEditedLayers(pattern is null ? [] : [pattern]);
        using MendEditor editor = new(model.Chain.Engine, model.Architecture, layers, EditorOptions.Paper with { Rank = 8, Init = EditorInit.Xavier, InitialStep = -2e-3f }, seed: 5);
        FrozenCache cache = new(model.Chain, model.Encoder, records, editor, Options);
        IReadOnlyList<TrainingExample> examples = await cache.GetAsync([0, 1, 2], default);
        examples.SelectMany(e => e.Signals).ToList().ForEach(editor.Observe);
        Pass cached = TrainingBatch.Build(
            model.Architecture, [.. examples.Select(e => (e.Wanted, e.Unrelated))], Options, 3, cache.FirstStage, model.Encoder.Padding);
        Pass whole = cached with { StartStage = 0, Start = null, StartEncoder = null };

        (PassResult actual, Dictionary<string, float[]> gradients) = await StepAsync(model, editor, examples, cached);
        (PassResult expected, Dictionary<string, float[]> reference) = await StepAsync(model, editor, examples, whole);

        Assert.True(cached.StartStage > 0);
        Assert.True(expected.Divergence > 1e-6, "the edit changes nothing");
        Assert.Equal(expected.Likelihood, actual.Likelihood, 1e-6 * expected.Likelihood);
        Assert.Equal(expected.Divergence, actual.Divergence, 1e-5 * expected.Divergence);
        Assert.Equal(reference.Keys, gradients.Keys);
        Assert.All(reference, pair =>
        {
            double scale = pair.Value.Max(Math.Abs);
            Assert.True(scale > 0, $"{pair.Key} has no gradient");
            Assert.All(pair.Value, (g, i) => Assert.Equal(g, gradients[pair.Key][i], 1e-5 * scale));
        });
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("bart")]
    [InlineData("bert_classifier")]
    public async Task GetAsync_RecordsWithNothingButThePrompt_Work(string name)
    {
        using FamilyModel model = new(name);
        IReadOnlyList<EditRecord> records = [.. (await model.RecordsAsync(2)).Select(r => r with { Rephrases = [], Locality = [] })];
        using MendEditor editor = new(model.Chain.Engine, model.Architecture, model.Architecture.DefaultEditedLayers, new EditorOptions { Rank = 8 });
        FrozenCache cache = new(model.Chain, model.Encoder, records, editor, Options);

        IReadOnlyList<TrainingExample> examples = await cache.GetAsync([0, 1], default);

        Assert.All(examples, e => Assert.Equal((1, 0), (e.Wanted.Count, e.Unrelated.Count)));
    }

    [Theory]
    [InlineData("gpt2", "transformer.h.3.mlp.c_fc.weight", false)]
    [InlineData("t5", "decoder.block.2.layer.2.DenseReluDense.wi.weight", false)]
    [InlineData("t5", "encoder.block.2.layer.1.DenseReluDense.wi.weight", true)]
    [InlineData("bart", "model.encoder.layers.2.fc1.weight", true)]
    [InlineData("bert_classifier", "bert.encoder.layer.3.intermediate.dense.weight", true)]
    public async Task InputsSeen_LayerOfAnEncoder_AreAllItsTokensAndElseTheAnswers(string name, string layer, bool encodes)
    {
        using FamilyModel model = new(name);
        IReadOnlyList<EditRecord> records = await model.RecordsAsync(2);
        using MendEditor editor = new(model.Chain.Engine, model.Architecture, [layer], new EditorOptions { Rank = 8 });
        int rows = 0;
        FrozenCache cache = new(model.Chain, model.Encoder, records, editor, Options)
        {
            InputsSeen = (_, inputs) => rows += inputs.Length / model.Architecture.Linear(layer).In,
        };

        IReadOnlyList<TrainingExample> examples = await cache.GetAsync([0, 1], default);

        Assert.Equal(examples.SelectMany(e => e.Wanted.Concat(e.Unrelated)).Sum(s => encodes ? s.Example.InputIds.Length : s.Example.TargetRows.Length), rows);
    }

    private static async Task<(PassResult Result, Dictionary<string, float[]> Gradients)> StepAsync(
        FamilyModel model, MendEditor editor, IReadOnlyList<TrainingExample> examples, Pass pass)
    {
        using FactorStage stage = new(editor, [.. examples.Select(e => e.Signals)], observe: false);
        PassResult result = await model.Chain.RunAsync(pass, stage.Hooks(), default);
        stage.Collect();
        Dictionary<string, Tensor> gradients = stage.Gradients();
        Dictionary<string, float[]> host = gradients.ToDictionary(g => g.Key, g => HostTensor.From(model.Chain.Engine, g.Value).Data);
        gradients.Values.ToList().ForEach(g => g.Dispose());
        return (result, host);
    }
}
