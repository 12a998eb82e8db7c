using Mend.Editing;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>What concerns the recorded editor: statistics, factors, losses, gradients and the training step.</summary>
public sealed partial class ReferenceVerifier
{
    /// <summary>The recorded editor's statistics, factors, edited model, gradients and training step.</summary>
    private async Task EditorAsync(IReadOnlyList<LayerSignals> inner, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        await StatisticsAsync(progress, cancellationToken).ConfigureAwait(false);
        using MendEditor editor = RecordedEditor();
        IReadOnlyList<EditFactors> factors = [.. inner.Select(editor.Factors)];
        Record("edit", factors, withUpdate: true);
        await JudgeAsync("post", factors, progress, cancellationToken).ConfigureAwait(false);
        progress?.Report("editor gradients");
        await StepAsync("", editor, inner, observe: false, cancellationToken).ConfigureAwait(false);
        progress?.Report("training step");
        await StepAsync("train/", editor, inner, observe: true, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The factors that the file gives, where it records no editor that would make them.</summary>
    private IReadOnlyList<EditFactors> RecordedFactors() =>
    [
        .. from layer in _layers
           where _file.Tensors.ContainsKey($"edit/{layer}/pseudo_u")
           let u = _file.Get($"edit/{layer}/pseudo_u")
           let delta = _file.Get($"edit/{layer}/pseudo_delta")
           select new EditFactors(layer, u.Shape[0], u.Shape.Last, delta.Shape.Last, u.ToFloats(), delta.ToFloats(), 1f),
    ];

    private async Task StatisticsAsync(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        using MendEditor editor = FreshEditor();
        foreach (string name in Preparing.Where(n => _file.Tensors.ContainsKey($"inputs/{n}/input_ids")))
        {
            progress?.Report($"statistics {name}");
            foreach (LayerSignals signals in await SignalsAsync(name, record: false, cancellationToken).ConfigureAwait(false))
            {
                editor.Observe(signals);
            }

            RecordStatistics($"stats/{name}", editor);
        }
    }

    private MendEditor FreshEditor()
    {
        string v = _file.Tensors.Keys.First(k => k.StartsWith("editor/", StringComparison.Ordinal) && k.EndsWith(".v", StringComparison.Ordinal));
        int layers = _file.Tensors.Keys.Count(k => k.StartsWith(v[..v.IndexOf("layers.", StringComparison.Ordinal)], StringComparison.Ordinal) && k.EndsWith(".v", StringComparison.Ordinal));
        return new MendEditor(_runner.Engine, Architecture, _layers, EditorOptions.Paper with { Rank = _file.Get(v).Shape[0], HiddenLayers = layers - 1 });
    }

    private MendEditor RecordedEditor()
    {
        MendEditor editor = FreshEditor();
        foreach (string name in editor.Parameters.Names)
        {
            editor.Parameters.Set(name, _file.Get($"editor/{name}", editor.Parameters[name].Shape).ToFloats());
        }

        foreach (string group in editor.InputStatistics.Keys)
        {
            foreach ((string side, RunningStatistics statistics) in new[] { ("u", editor.InputStatistics[group]), ("v", editor.GradientStatistics[group]) })
            {
                _file.Get($"editor/{group}/{side}_mean").ToDoubles().CopyTo(statistics.Mean, 0);
                _file.Get($"editor/{group}/{side}_s").ToDoubles().CopyTo(statistics.SquaredDeviations, 0);
                statistics.Count = (long)_file.Get($"editor/{group}/k").ToFloats()[0];
            }
        }

        return editor;
    }

    private void Record(string prefix, IReadOnlyList<EditFactors> factors, bool withUpdate)
    {
        foreach (EditFactors f in factors)
        {
            _computed[$"{prefix}/{f.Layer}/pseudo_u"] = f.U;
            _computed[$"{prefix}/{f.Layer}/pseudo_delta"] = f.Delta;
            if (withUpdate)
            {
                _computed[$"{prefix}/{f.Layer}/update"] = Outer(f.Layer, f.U, f.Delta, f.Rank, f.Step);
            }
        }
    }

    private void RecordStatistics(string prefix, MendEditor editor)
    {
        foreach (string group in editor.InputStatistics.Keys)
        {
            foreach ((string side, RunningStatistics statistics) in new[] { ("u", editor.InputStatistics[group]), ("v", editor.GradientStatistics[group]) })
            {
                _computed[$"{prefix}/{group}/{side}_mean"] = Array.ConvertAll(statistics.Mean, v => (float)v);
                _computed[$"{prefix}/{group}/{side}_s"] = Array.ConvertAll(statistics.SquaredDeviations, v => (float)v);
                _computed[$"{prefix}/{group}/{side}_std"] = [.. Enumerable.Range(0, statistics.Mean.Length).Select(i => (float)statistics.StandardDeviation(i))];
                _computed[$"{prefix}/{group}/k"] = [statistics.Count];
            }
        }
    }

    /// <summary>Losses and editor gradients of one edit, and in training mode the statistics and Adam's step as well.</summary>
    private async Task StepAsync(
        string prefix, MendEditor editor, IReadOnlyList<LayerSignals> inner, bool observe, CancellationToken cancellationToken)
    {
        ReferenceBatch outer = ReferenceBatch.Read(_file, "edit_outer", Architecture);
        ReferenceBatch loc = ReferenceBatch.Read(_file, "loc", Architecture);
        PassResult reference = await _runner.RunAsync(
            new Pass { Batch = loc.Inputs, Outputs = PassOutputs.LogProbabilities, OutputRows = loc.MaskedRows }, PassHooks.None, cancellationToken).ConfigureAwait(false);
        Objective edit = outer.Likelihood with
        {
            LikelihoodWeights = [.. outer.Likelihood.LikelihoodRows.Select(_ => EditWeight / outer.Likelihood.LikelihoodRows.Length)],
        };
        Objective locality = new()
        {
            DivergenceRows = loc.MaskedRows,
            DivergenceWeights = [.. loc.MaskedRows.Select(_ => LocalityWeight / loc.MaskedRows.Length)],
            Reference = reference.LogProbabilities!.Data,
        };

        using FactorStage stage = new(editor, [inner], observe);
        double[] losses = new double[2];
        foreach ((int i, ReferenceBatch batch, Objective objective) in new[] { (0, outer, edit), (1, loc, locality) })
        {
            Pass pass = new() { Batch = batch.Inputs, Objective = objective, GradientFrom = GradientPass.FirstStage(Architecture, _layers) };
            PassResult result = await _runner.RunAsync(pass, stage.Hooks(), cancellationToken).ConfigureAwait(false);
            losses[i] = (result.Likelihood / EditWeight) + (result.Divergence / LocalityWeight);
            stage.Collect();
        }

        Dictionary<string, Tensor> gradients = stage.Gradients();
        _computed[$"{prefix}loss/l_edit"] = [(float)losses[0]];
        _computed[$"{prefix}loss/l_loc"] = [(float)losses[1]];
        _computed[$"{prefix}loss/l_total"] = [(float)((EditWeight * losses[0]) + (LocalityWeight * losses[1]))];
        foreach ((string name, Tensor gradient) in gradients)
        {
            _computed[$"{prefix}grad/{name}"] = HostTensor.From(_runner.Engine, gradient).Data;
        }

        if (observe)
        {
            RecordTraining(prefix, editor, stage, gradients);
        }

        foreach (Tensor tensor in gradients.Values)
        {
            tensor.Dispose();
        }
    }

    private void RecordTraining(string prefix, MendEditor editor, FactorStage stage, Dictionary<string, Tensor> gradients)
    {
        RecordStatistics($"{prefix}stats", editor);
        float[] steps = editor.Parameters.Get(MendEditor.Steps);
        foreach ((string layer, float[] u, float[] delta) in stage.Factors())
        {
            int index = _layers.ToList().IndexOf(layer);
            _computed[$"{prefix}edit/{layer}/pseudo_u"] = u;
            _computed[$"{prefix}edit/{layer}/pseudo_delta"] = Array.ConvertAll(delta, d => d / steps[index]);
        }

        using AdamOptimizer adam = new(editor.Parameters);
        adam.Apply(gradients, _ => 1e-3f, float.PositiveInfinity);
        foreach (string name in editor.Parameters.Names)
        {
            _computed[$"{prefix}adam/{name}"] = editor.Parameters.Get(name);
        }
    }
}
