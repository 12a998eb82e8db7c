using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// The editor's side of a training step: makes the factors of several edits on one tape, hands them to a pass as hooks, and
/// turns the gradients that come back into gradients of the editor's parameters.
/// </summary>
internal sealed class FactorStage : IDisposable
{
    private readonly MendEditor _editor;
    private readonly Tape _tape;
    private readonly IReadOnlyDictionary<string, Value> _leaves;
    private readonly List<(string Layer, Value U, Value Delta)> _layers = [];
    private readonly List<(FactorHook Hook, Value U, Value Delta)> _hooks = [];
    private Tensor? _strengths;

    /// <summary>Makes the factors.</summary>
    /// <param name="editor">The editor.</param>
    /// <param name="edits">Per edit, u and δ of each of the editor's layers, in its order.</param>
    /// <param name="observe">Whether the rows enter the statistics, layer by layer, before they are normalised (the authors' way).</param>
    public FactorStage(MendEditor editor, IReadOnlyList<IReadOnlyList<LayerSignals>> edits, bool observe)
    {
        _editor = editor;
        IEngine engine = editor.Parameters.Engine;
        _tape = new Tape(engine, recording: true);
        _leaves = editor.Parameters.OnTape(_tape);
        for (int i = 0; i < editor.Layers.Count; i++)
        {
            EditedLayer layer = editor.Layers[i];
            List<LayerSignals> signals = [.. edits.Select(e => e[i])];
            if (observe)
            {
                signals.ForEach(editor.Observe);
            }

            int rank = signals.Max(s => s.Rows);
            if (rank == 0)
            {
                continue;
            }

            int[] places = [.. signals.SelectMany((s, e) => Enumerable.Range(e * rank, s.Rows))];
            (Value u, Value delta) = editor.Forward(_tape, _leaves, layer.Name, signals, scaled: true);
            Value uAll = _tape.Reshape(_tape.ScatterRows(u, places, edits.Count * rank), [edits.Count, rank, layer.Inputs]);
            Value deltaAll = _tape.Reshape(_tape.ScatterRows(delta, places, edits.Count * rank), [edits.Count, rank, layer.Outputs]);
            _layers.Add((layer.Name, uAll, deltaAll));
        }
    }

    /// <summary>The hooks for one pass; earlier ones are given back.</summary>
    /// <param name="strengths">One factor per batch row on the edits' changes; null means 1.</param>
    public PassHooks Hooks(float[]? strengths = null)
    {
        GiveHooksBack();
        _strengths = strengths is null ? null : _tape.Engine.FromHost(strengths, [strengths.Length, 1, 1]);
        _hooks.AddRange(_layers.Select(l => (new FactorHook(l.U.Data, l.Delta.Data, _strengths), l.U, l.Delta)));
        return new PassHooks { Layers = _layers.Zip(_hooks).ToDictionary(p => p.First.Layer, p => (Mend.Models.Execution.ILayerHook)p.Second.Hook) };
    }

    /// <summary>Takes over the factors' gradients of the pass that just ended; several passes add up.</summary>
    public void Collect()
    {
        foreach ((FactorHook hook, Value u, Value delta) in _hooks)
        {
            if (hook.UGradient is { } du && hook.DeltaGradient is { } dDelta)
            {
                _tape.Seed(u, du);
                _tape.Seed(delta, dDelta);
            }
        }
    }

    /// <summary>Ũ and α·Δ̃ of each layer, for the record.</summary>
    public IEnumerable<(string Layer, float[] U, float[] Delta)> Factors() => _layers.Select(l =>
        (l.Layer, HostTensor.From(_tape.Engine, l.U.Data).Data, HostTensor.From(_tape.Engine, l.Delta.Data).Data));

    /// <summary>Gradients of the editor's parameters; the caller disposes them. A parameter without one is left out. Call once.</summary>
    public Dictionary<string, Tensor> Gradients()
    {
        _tape.Backward();
        Dictionary<string, Tensor> gradients = [];
        foreach (string name in _editor.Parameters.Names)
        {
            if (_tape.TakeGradient(_leaves[name]) is { } gradient)
            {
                gradients[name] = gradient;
            }
        }

        return gradients;
    }

    public void Dispose()
    {
        GiveHooksBack();
        _tape.Dispose();
    }

    private void GiveHooksBack()
    {
        _hooks.ForEach(h => h.Hook.Dispose());
        _hooks.Clear();
        _strengths?.Dispose();
        _strengths = null;
    }
}
