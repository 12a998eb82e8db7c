using Mend.Models;
using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// The MEND editor of a model (Mitchell et al., 2022, section 3): one network per weight shape (or per layer), normalising
/// statistics, and a learned step per layer. g_ℓ: (u, δ) → (ũ, δ̃) and W̃ = W + α_ℓ Σ δ̃ ũᵀ. Use from one thread while
/// training; <see cref="Factors"/> is safe from several.
/// </summary>
public sealed class MendEditor : IEditor
{
    /// <summary>Name of the learned steps among <see cref="Parameters"/>.</summary>
    public const string Steps = "edit_lrs";

    private readonly IEngine _engine;
    private readonly Dictionary<string, int> _index;
    private readonly Dictionary<string, Func<Tape, IReadOnlyDictionary<string, Value>, Value, Value, int, (Value U, Value Delta)>> _networks = [];

    /// <summary>Creates a fresh editor.</summary>
    /// <param name="engine">Where it computes; not disposed with it.</param>
    /// <param name="architecture">The base model.</param>
    /// <param name="layers">Full names of the layers to edit, in order.</param>
    /// <param name="options">Shape and start of the networks.</param>
    /// <param name="seed">Seed of the starting values.</param>
    /// <exception cref="ModelException">A name is no linear layer of the model.</exception>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public MendEditor(IEngine engine, ModelArchitecture architecture, IReadOnlyList<string> layers, EditorOptions options, int seed = 0)
    {
        options.Validate();
        _engine = engine;
        Options = options;
        Parameters = new ParameterSet(engine);
        Layers = Describe(architecture, layers, options.Shared);
        _index = Layers.Select((layer, i) => (layer.Name, i)).ToDictionary(p => p.Name, p => p.i);
        Random random = new(seed);
        foreach (IGrouping<string, EditedLayer> group in Layers.GroupBy(l => l.Group))
        {
            EditedLayer shape = group.First();
            InputStatistics[group.Key] = new RunningStatistics(shape.Inputs);
            GradientStatistics[group.Key] = new RunningStatistics(shape.Outputs);
            _networks[group.Key] = Build(group.Key, shape.Inputs, shape.Outputs, group.Count(), random);
        }

        Parameters.Add(Steps, [Layers.Count], () => options.InitialStep);
    }

    /// <summary>Shape and start of the networks.</summary>
    public EditorOptions Options { get; }

    /// <inheritdoc/>
    public IReadOnlyList<EditedLayer> Layers { get; }

    /// <summary>What training changes: the networks' parameters, then the learned steps.</summary>
    public ParameterSet Parameters { get; }

    /// <summary>Statistics of u by group.</summary>
    public Dictionary<string, RunningStatistics> InputStatistics { get; } = [];

    /// <summary>Statistics of δ by group.</summary>
    public Dictionary<string, RunningStatistics> GradientStatistics { get; } = [];

    /// <summary>Multiplied onto the normalised u of a layer, [in, in]; layers without one are only normalised.</summary>
    internal Dictionary<string, Tensor> WhiteningByLayer { get; } = [];

    /// <inheritdoc/>
    public float LengthExponent => Options.LengthExponent;

    /// <inheritdoc/>
    public bool AnswerRowsOnly => Options.AnswerRowsOnly;

    /// <inheritdoc/>
    public float Confidence => Options.Confidence;

    /// <summary>Lets the rows of one layer enter the statistics of its group.</summary>
    /// <param name="signals">u and δ.</param>
    public void Observe(LayerSignals signals)
    {
        string group = Layers[_index[signals.Layer]].Group;
        if (Options.Whitening == 0)
        {
            InputStatistics[group].Add(signals.U);
        }

        GradientStatistics[group].Add(signals.Delta);
    }

    /// <summary>
    /// Takes the statistics of u, and what whitens it, from inputs of the edited layers where answers are predicted. A layer without any,
    /// such as an expert that no answer went to, is not whitened.
    /// </summary>
    /// <param name="inputs">Per layer, rows of inputs, row-major [n, in].</param>
    internal void ObserveInputs(IReadOnlyDictionary<string, float[]> inputs)
    {
        foreach (EditedLayer layer in Layers)
        {
            InputStatistics[layer.Group].Add(inputs[layer.Name]);
        }

        foreach (EditedLayer layer in Layers.Where(l => l.Inputs <= EditorOptions.MaxWhitenedInputs && inputs[l.Name].Length > 0))
        {
            float[] rows = InputStatistics[layer.Group].Normalize(inputs[layer.Name]);
            SetWhitening(layer, Whitening.Matrix(_engine, rows, layer.Inputs, Options.Whitening, Options.WhiteningRidge));
        }
    }

    /// <summary>Puts the statistics back to earlier ones, group by group.</summary>
    internal void Restore(IReadOnlyDictionary<string, RunningStatistics> inputs, IReadOnlyDictionary<string, RunningStatistics> gradients)
    {
        foreach (string group in _networks.Keys)
        {
            InputStatistics[group] = inputs[group];
            GradientStatistics[group] = gradients[group];
        }
    }

    internal void SetWhitening(EditedLayer layer, float[] matrix)
    {
        WhiteningByLayer.GetValueOrDefault(layer.Name)?.Dispose();
        WhiteningByLayer[layer.Name] = _engine.FromHost(matrix, [layer.Inputs, layer.Inputs]);
    }

    /// <summary>The factors of one layer on a tape: Ũ [rows, in] and α·Δ̃ [rows, out].</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="leaves">The parameters on that tape.</param>
    /// <param name="layer">The layer's full name.</param>
    /// <param name="signals">Kept rows of one or several edits, one after another.</param>
    /// <param name="scaled">False leaves α out of Δ̃.</param>
    public (Value U, Value Delta) Forward(
        Tape tape, IReadOnlyDictionary<string, Value> leaves, string layer, IReadOnlyList<LayerSignals> signals, bool scaled)
    {
        int index = _index[layer];
        EditedLayer edited = Layers[index];
        Value u = Rows(tape, signals, edited.Inputs, s => s.U, InputStatistics[edited.Group]);
        if (WhiteningByLayer.TryGetValue(layer, out Tensor? whitening))
        {
            u = tape.MatMul(u, tape.Constant(whitening));
        }

        Value delta = Rows(tape, signals, edited.Outputs, s => s.Delta, GradientStatistics[edited.Group]);
        (Value pseudoU, Value pseudoDelta) = _networks[edited.Group](tape, leaves, u, delta, edited.Mode);
        return (pseudoU, scaled ? tape.Multiply(pseudoDelta, tape.Narrow(leaves[Steps], 0, index, 1)) : pseudoDelta);
    }

    /// <inheritdoc/>
    public EditFactors Factors(LayerSignals signals)
    {
        EditedLayer layer = Layers[_index[signals.Layer]];
        if (signals.Rows == 0)
        {
            return new EditFactors(layer.Name, 0, layer.Inputs, layer.Outputs, [], [], 0);
        }

        using Tape tape = new(_engine, recording: false);
        (Value u, Value delta) = Forward(tape, Parameters.OnTape(tape), layer.Name, [signals], scaled: false);
        return new EditFactors(
            layer.Name,
            signals.Rows,
            layer.Inputs,
            layer.Outputs,
            HostTensor.From(_engine, u.Data).Data,
            HostTensor.From(_engine, delta.Data).Data,
            Parameters.Get(Steps)[_index[layer.Name]]);
    }

    /// <summary>Gives the parameters back.</summary>
    public void Dispose()
    {
        Parameters.Dispose();
        foreach (Tensor whitening in WhiteningByLayer.Values)
        {
            whitening.Dispose();
        }

        WhiteningByLayer.Clear();
    }

    internal static IReadOnlyList<EditedLayer> Describe(ModelArchitecture architecture, IReadOnlyList<string> layers, bool shared)
    {
        if (layers.Count == 0)
        {
            throw new ModelException("An editor needs at least one layer to edit.");
        }

        if (layers.GroupBy(l => l).FirstOrDefault(l => l.Count() > 1) is { } twice)
        {
            throw new ModelException($"Layer '{twice.Key}' is named {twice.Count()} times; name each layer to edit once.");
        }

        Dictionary<string, int> modes = [];
        return [.. layers.Select(name =>
        {
            ParameterSpec spec = architecture.Linear(name);
            string group = shared ? $"{spec.In}x{spec.Out}" : name;
            int mode = modes.GetValueOrDefault(group);
            modes[group] = mode + 1;
            return new EditedLayer(name, spec.In, spec.Out, group, mode);
        })];
    }

    private Value Rows(Tape tape, IReadOnlyList<LayerSignals> signals, int size, Func<LayerSignals, float[]> rows, RunningStatistics statistics)
    {
        float[] all = signals.Count == 1 ? rows(signals[0]) : [.. signals.SelectMany(rows)];
        float[] data = Options.Normalize ? statistics.Normalize(all) : all;
        return tape.Adopt(_engine.FromHost(data, [all.Length / size, size]));
    }

    private Func<Tape, IReadOnlyDictionary<string, Value>, Value, Value, int, (Value U, Value Delta)> Build(
        string group, int inputs, int outputs, int modes, Random random)
    {
        if (Options.Combine)
        {
            EditorNetwork both = new(Parameters, $"{group}/", inputs + outputs, modes, Options, random);
            return (tape, leaves, u, delta, mode) =>
            {
                Value x = both.Forward(tape, leaves, tape.Concat(1, u, delta), mode);
                return (tape.Narrow(x, 1, 0, inputs), tape.Narrow(x, 1, inputs, outputs));
            };
        }

        bool transformsU = Options.Sides is EditorSides.Both or EditorSides.Input || (Options.Sides == EditorSides.Shorter && inputs <= outputs);
        bool transformsDelta = Options.Sides is EditorSides.Both or EditorSides.Gradient || (Options.Sides == EditorSides.Shorter && inputs > outputs);
        EditorNetwork? forU = transformsU ? new(Parameters, $"{group}/mlp1.", inputs, modes, Options, random) : null;
        EditorNetwork? forDelta = transformsDelta ? new(Parameters, $"{group}/mlp2.", outputs, modes, Options, random) : null;
        return (tape, leaves, u, delta, mode) =>
            (forU?.Forward(tape, leaves, u, mode) ?? u, forDelta?.Forward(tape, leaves, delta, mode) ?? delta);
    }
}
