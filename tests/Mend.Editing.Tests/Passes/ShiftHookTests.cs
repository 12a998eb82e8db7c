using Mend.Editing.Tests.Methods;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Editing.Tests.Passes;

public sealed class ShiftHookTests : IDisposable
{
    private readonly Gpt2Fixture _model = new();

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task Gradient_OfTheLoss_IsItsDifferenceQuotient()
    {
        const float step = 2e-2f;
        ExampleBatch batch = new([Gpt2Fixture.Edit, .. Gpt2Fixture.Unrelated], _model.Architecture, Gpt2Fixture.Padding);
        string[] layers = ["transformer.h.0.mlp.c_proj.weight", "transformer.h.2.mlp.c_proj.weight"];
        int[] rows = [1, batch.Inputs.OutputLength + 2, (2 * batch.Inputs.OutputLength) + 3];
        int width = _model.Architecture.Width;
        Dictionary<string, float[]> shifts = layers.ToDictionary(l => l, l => Values.Random((long)rows.Length * width, l.Length + l[14], 0.3));

        (_, Dictionary<string, ShiftHook> hooks) = await RunAsync(shifts);

        foreach (string layer in layers)
        {
            float[] gradient = hooks[layer].Gradient!.Data;
            Assert.Contains(gradient, g => Math.Abs(g) > 1e-3);
            for (int i = 0; i < gradient.Length; i += 5)
            {
                double near = await LossAsync(layer, i, step) - await LossAsync(layer, i, -step);
                double far = await LossAsync(layer, i, 2 * step) - await LossAsync(layer, i, -2 * step);
                Assert.Equal(((8 * near) - far) / (12 * step), gradient[i], 1e-4 + (2e-3 * Math.Abs(gradient[i])));
            }
        }

        async Task<double> LossAsync(string layer, int at, float move)
        {
            Dictionary<string, float[]> moved = shifts.ToDictionary(s => s.Key, s => (float[])s.Value.Clone());
            moved[layer][at] += move;
            (PassResult result, _) = await RunAsync(moved);
            return result.Likelihood;
        }

        async Task<(PassResult, Dictionary<string, ShiftHook>)> RunAsync(Dictionary<string, float[]> values)
        {
            Dictionary<string, ShiftHook> made = values.ToDictionary(v => v.Key, v => new ShiftHook(rows, new HostTensor([rows.Length, width], v.Value)));
            Pass pass = new() { Batch = batch.Inputs, Objective = batch.Likelihood(), GradientFrom = 0 };
            return (await _model.Chain.RunAsync(pass, new PassHooks { Layers = made.ToDictionary(m => m.Key, m => (Mend.Models.Execution.ILayerHook)m.Value) }, default), made);
        }
    }

    [Fact]
    public async Task Keys_AreTheLayersInputsAtTheRows()
    {
        string layer = "transformer.h.1.mlp.c_proj.weight";
        ExampleBatch batch = new([Gpt2Fixture.Edit], _model.Architecture, Gpt2Fixture.Padding);
        ParameterSpec spec = _model.Architecture.Linear(layer);
        ShiftHook hook = new([1, 3], new HostTensor([2, spec.Out], new float[2 * spec.Out]));
        long before = _model.LiveTensors;

        await _model.Chain.RunAsync(
            new Pass { Batch = batch.Inputs, Objective = batch.Likelihood(), GradientFrom = 0 }, new PassHooks { Layers = new Dictionary<string, Mend.Models.Execution.ILayerHook> { [layer] = hook } }, default);
        IReadOnlyList<EditSignals> signals = await GradientPass.RunAsync(_model.Chain, [layer], [Gpt2Fixture.Edit], Gpt2Fixture.Padding, 0, [], 0, default);

        LayerSignals watched = signals[0].Layers[0];
        float[] Rows(float[] all, int size) => [.. new[] { 1, 3 }.SelectMany(r => all.Skip(Array.IndexOf(watched.KeptRows, r) * size).Take(size))];
        Assert.Equal(Rows(watched.U, spec.In), hook.Keys!.Data);
        Values.AssertClose(Rows(watched.Delta, spec.Out), hook.Gradient!.Data, 1e-6, 1e-4);
        Assert.Equal(before, _model.LiveTensors);
    }
}
