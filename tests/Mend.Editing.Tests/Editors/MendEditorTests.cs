using Mend.Editing.Tests.Methods;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Editing.Tests.Editors;

public sealed class MendEditorTests : IDisposable
{
    private readonly Gpt2Fixture _model = new();

    /// <summary>Every option that changes the mathematics, alone and in combination.</summary>
    public static TheoryData<string> Shapes => [.. Options.Keys];

    private static Dictionary<string, EditorOptions> Options { get; } = new()
    {
        ["default"] = new EditorOptions { Rank = 6 },
        ["paper"] = EditorOptions.Paper with { InitialStep = -0.05f },
        ["not shared"] = new EditorOptions { Rank = 6, Shared = false },
        ["both sides apart"] = new EditorOptions { Rank = 6, Combine = false },
        ["input only"] = new EditorOptions { Rank = 6, Combine = false, Sides = EditorSides.Input },
        ["gradient only"] = new EditorOptions { Rank = 6, Combine = false, Sides = EditorSides.Gradient },
        ["shorter only"] = new EditorOptions { Rank = 6, Combine = false, Sides = EditorSides.Shorter },
        ["not shared, sides apart"] = new EditorOptions { Rank = 6, Combine = false, Shared = false },
        ["not normalised"] = new EditorOptions { Rank = 6, Normalize = false, Whitening = 0, InitialStep = -5f },
        ["no hidden layer"] = new EditorOptions { Rank = 6, HiddenLayers = 0 },
        ["two hidden layers"] = new EditorOptions { Rank = 6, HiddenLayers = 2 },
        ["xavier"] = new EditorOptions { Rank = 6, Init = EditorInit.Xavier },
        ["not whitened"] = new EditorOptions { Rank = 6, Whitening = 0 },
        ["whitened once"] = new EditorOptions { Rank = 6, Whitening = 1 },
        ["without length or confidence"] = new EditorOptions { Rank = 6, LengthExponent = 0, Confidence = 0 },
    };

    public void Dispose() => _model.Dispose();

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Gradients_ThroughTheStage_AreTheDifferenceQuotients(string name)
    {
        using MendEditor editor = New(Options[name]);
        TrainingSetup setup = await TrainingSetup.MakeAsync(_model, editor);
        Shake(editor);
        Dictionary<string, float[]> gradients = (await setup.StepAsync(editor)).Gradients;

        Assert.Equal(editor.Parameters.Names.Order(), gradients.Keys.Order());
        int seed = 50;
        foreach ((string parameter, float[] gradient) in gradients)
        {
            double norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
            Assert.True(norm > 0, $"{parameter} has no gradient at all.");
            float[] along = [.. gradient.Select(g => (float)(g / norm))];
            await SlopeAsync(setup, editor, parameter, gradient, along, norm);
            await SlopeAsync(setup, editor, parameter, gradient, Unit(gradient.Length, seed++), norm);
        }
    }

    [Fact]
    public async Task Factors_FreshIdentityEditor_AreTheNormalisedSignals()
    {
        using MendEditor editor = New(new EditorOptions { Rank = 6, Whitening = 0, InitialStep = -0.25f });
        EditSignals signals = await SignalsAsync(editor);

        foreach (LayerSignals layer in signals.Layers)
        {
            EditedLayer edited = editor.Layers.Single(l => l.Name == layer.Layer);
            EditFactors factors = editor.Factors(layer);
            Assert.Equal((layer.Rows, layer.Inputs, layer.Outputs, -0.25f), (factors.Rank, factors.Inputs, factors.Outputs, factors.Step));
            Values.AssertClose(editor.InputStatistics[edited.Group].Normalize(layer.U), factors.U, 0, 0, $"u of {layer.Layer}");
            Values.AssertClose(editor.GradientStatistics[edited.Group].Normalize(layer.Delta), factors.Delta, 0, 0, $"δ of {layer.Layer}");
        }
    }

    [Fact]
    public async Task Factors_FreshAndNotNormalised_AreAStepAlongTheGradientItself()
    {
        using MendEditor editor = New(new EditorOptions { Rank = 6, Normalize = false, Whitening = 0 });
        EditSignals signals = await SignalsAsync(editor);

        foreach (LayerSignals layer in signals.Layers)
        {
            EditFactors factors = editor.Factors(layer);
            Assert.Equal(layer.U, factors.U);
            Assert.Equal(layer.Delta, factors.Delta);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Factors_OutsideTraining_AreTheFactorsOfTheTrainingStage(string name)
    {
        using MendEditor editor = New(Options[name]);
        TrainingSetup setup = await TrainingSetup.MakeAsync(_model, editor);
        Shake(editor);
        using FactorStage stage = new(editor, [setup.Examples[0].Signals], observe: false);

        foreach ((string layer, float[] u, float[] delta) in stage.Factors())
        {
            EditFactors factors = editor.Factors(setup.Examples[0].Signals.Single(s => s.Layer == layer));
            Values.AssertClose(u, factors.U, 0, 1e-5, $"u of {layer}");
            Values.AssertClose(delta, factors.Delta.Select(d => d * factors.Step).ToArray(), 1e-12, 1e-5, $"δ of {layer}");
        }
    }

    [Fact]
    public async Task Factors_SeveralThreads_AllTheSame()
    {
        using MendEditor editor = New(new EditorOptions { Rank = 6, Whitening = 0, Init = EditorInit.Xavier });
        EditSignals signals = await SignalsAsync(editor);
        float[] expected = editor.Factors(signals.Layers[0]).Delta;

        EditFactors[] all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => editor.Factors(signals.Layers[0]))));

        Assert.All(all, f => Assert.Equal(expected, f.Delta));
    }

    [Fact]
    public void Factors_NoRows_HaveRankZero()
    {
        using MendEditor editor = New(new EditorOptions { Rank = 6 });
        EditedLayer layer = editor.Layers[0];
        LayerSignals silent = LayerSignals.Keep(layer.Name, new HostTensor([1, 2, layer.Inputs], new float[2 * layer.Inputs]), new HostTensor([1, 2, layer.Outputs], new float[2 * layer.Outputs]), 0, 1);

        Assert.Equal(0, editor.Factors(silent).Rank);
    }

    [Fact]
    public void Factors_UnknownLayer_IsRefused()
    {
        using MendEditor editor = New(new EditorOptions { Rank = 6 });
        LayerSignals other = LayerSignals.Keep("other", new HostTensor([1, 1, 1], [1]), new HostTensor([1, 1, 1], [1]), 0, 1);

        Assert.Throws<KeyNotFoundException>(() => editor.Factors(other));
    }

    [Fact]
    public void Layers_Shared_GroupByShapeWithAModePerLayer()
    {
        using MendEditor editor = New(new EditorOptions { Rank = 6 });

        Assert.Equal(_model.Layers, editor.Layers.Select(l => l.Name));
        Assert.Equal(["32x80", "80x32"], editor.Layers.Select(l => l.Group).Distinct().Order());
        Assert.All(editor.Layers.GroupBy(l => l.Group), g => Assert.Equal(Enumerable.Range(0, g.Count()), g.Select(l => l.Mode)));
    }

    [Fact]
    public void Layers_NotShared_HaveANetworkEach()
    {
        using MendEditor editor = New(new EditorOptions { Rank = 6, Shared = false });

        Assert.Equal(_model.Layers, editor.Layers.Select(l => l.Group));
        Assert.All(editor.Layers, l => Assert.Equal(0, l.Mode));
    }

    [Fact]
    public void Constructor_SameSeed_SameParameters()
    {
        using MendEditor one = New(new EditorOptions { Rank = 6 });
        using MendEditor same = New(new EditorOptions { Rank = 6 });
        using MendEditor other = New(new EditorOptions { Rank = 6 }, seed: 8);

        string b = one.Parameters.Names.First(n => n.EndsWith(".v", StringComparison.Ordinal));
        Assert.All(one.Parameters.Names, n => Assert.Equal(one.Parameters.Get(n), same.Parameters.Get(n)));
        Assert.NotEqual(one.Parameters.Get(b), other.Parameters.Get(b));
    }

    [Fact]
    public void Constructor_LayerNamedTwice_SaysWhich()
    {
        ModelException error = Assert.Throws<ModelException>(
            () => new MendEditor(_model.Chain.Engine, _model.Architecture, [_model.Layers[0], _model.Layers[1], _model.Layers[0]], new EditorOptions()));

        Assert.Contains(_model.Layers[0], error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("transformer.h.9.mlp.c_fc.weight")]
    [InlineData("transformer.wte.weight")]
    public void Constructor_NoLinearLayer_SaysWhereToLook(string layer)
    {
        ModelException error = Assert.Throws<ModelException>(() => new MendEditor(_model.Chain.Engine, _model.Architecture, [layer], new EditorOptions()));

        Assert.Contains("mend plan", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_NoLayers_IsRefused() =>
        Assert.Throws<ModelException>(() => new MendEditor(_model.Chain.Engine, _model.Architecture, [], new EditorOptions()));

    [Fact]
    public async Task Dispose_WithWhitening_GivesEveryTensorBack()
    {
        long before = _model.LiveTensors;
        using (MendEditor editor = New(new EditorOptions { Rank = 6 }))
        {
            await TrainingSetup.MakeAsync(_model, editor);
            Assert.NotEmpty(editor.WhiteningByLayer);
        }

        Assert.Equal(before, _model.LiveTensors);
    }

    private MendEditor New(EditorOptions options, int seed = 7) => new(_model.Chain.Engine, _model.Architecture, _model.Layers, options with { Confidence = 0 }, seed);

    private async Task<EditSignals> SignalsAsync(MendEditor editor)
    {
        IReadOnlyList<EditSignals> signals = await GradientPass.RunAsync(
            _model.Chain, _model.Layers, [Gpt2Fixture.Edit, .. Gpt2Fixture.Unrelated], Gpt2Fixture.Padding, 0, [], editor.LengthExponent, default);
        signals.SelectMany(s => s.Layers).ToList().ForEach(editor.Observe);
        return signals[0];
    }

    /// <summary>Moves every parameter away from its start, where gradients of some vanish.</summary>
    private static void Shake(MendEditor editor)
    {
        int seed = 20;
        foreach (string name in editor.Parameters.Names)
        {
            float[] values = editor.Parameters.Get(name);
            float size = name == MendEditor.Steps ? 0.2f * MathF.Abs(values[0]) : 0.1f;
            float[] noise = Values.Random(values.Length, seed++, size);

            // Biases far from 0 on either side keep most of relu's inputs away from its kink.
            float away = name.EndsWith(".bias", StringComparison.Ordinal) ? 1.5f : 0f;
            editor.Parameters.Set(name, values.Zip(noise, (v, n) => v + n + (MathF.Sign(n) * away)).ToArray());
        }
    }

    private static float[] Unit(int length, int seed)
    {
        float[] direction = Values.Random(length, seed);
        float norm = MathF.Sqrt(direction.Sum(d => d * d));
        return [.. direction.Select(d => d / norm)];
    }

    /// <summary>
    /// The slope of the loss along a direction, over a wide and a narrow step: the loss's float32 rounding shows in the narrow one,
    /// relu's kinks in the wide one; one of them must agree.
    /// </summary>
    private static async Task SlopeAsync(TrainingSetup setup, MendEditor editor, string parameter, float[] gradient, float[] direction, double norm)
    {
        float[] values = editor.Parameters.Get(parameter);
        double expected = gradient.Zip(direction, (g, d) => (double)g * d).Sum();

        // As far as changes the loss by about a thousandth, but no farther than the parameter's own size allows.
        float widest = (float)Math.Min(1e-3 / norm, parameter == MendEditor.Steps ? 2e-3 : 0.2);
        List<double> slopes = [];
        foreach (float step in new[] { widest, widest / 5 })
        {
            double near = await LossAsync(step) - await LossAsync(-step);
            double far = await LossAsync(2 * step) - await LossAsync(-2 * step);
            slopes.Add(((8 * near) - far) / (12 * step));
            if (Agrees(slopes[^1]))
            {
                break;
            }
        }

        editor.Parameters.Set(parameter, values);
        Assert.True(
            Agrees(slopes[^1]),
            $"{parameter}: the loss climbs by {string.Join(" or ", slopes)} and {expected} was computed; the gradient's norm is {norm}, the step {widest}.");

        bool Agrees(double slope) => Math.Abs(slope - expected) <= (0.03 * norm) + (4e-6 / widest);

        async Task<double> LossAsync(float move)
        {
            editor.Parameters.Set(parameter, values.Zip(direction, (v, d) => v + (move * d)).ToArray());
            return (await setup.StepAsync(editor)).Loss;
        }
    }
}
