using System.Numerics.Tensors;
using Mend.Models;

namespace Mend.Editing;

/// <summary>
/// The joint method's editor: the metric of each edited layer, which turns an edit's keys and shifts into its contribution to
/// <see cref="JointSolve"/>. Immutable; safe to use from several threads.
/// </summary>
public sealed class JointEditor : IEditor
{
    /// <summary>A key of less reach lies where the model does much else; its shift is not made up for the whole.</summary>
    private const float LeastReach = 0.1f;

    private readonly Dictionary<string, EditedLayer> _layers;

    /// <summary>Creates the editor.</summary>
    /// <param name="architecture">The base model.</param>
    /// <param name="metrics">Metric by full layer name, in the order of the layers.</param>
    /// <param name="options">Settings.</param>
    /// <param name="kept">Prompts with the model's own answers, which edits shall not change; null for none.</param>
    /// <exception cref="ModelException">A name is no linear layer of the model, or the model does not generate text from a prompt alone.</exception>
    /// <exception cref="ArgumentException">A metric does not fit its layer, or a setting is out of range.</exception>
    public JointEditor(ModelArchitecture architecture, IReadOnlyList<KeyValuePair<string, InputMetric>> metrics, JointOptions options, IReadOnlyList<PromptTarget>? kept = null)
    {
        options.Validate();
        CheckTask(architecture);
        Layers = MendEditor.Describe(architecture, [.. metrics.Select(m => m.Key)], shared: false);
        _layers = Layers.ToDictionary(l => l.Name);
        foreach ((string layer, InputMetric metric) in metrics)
        {
            if (metric.Size != _layers[layer].Inputs)
            {
                throw new ArgumentException($"The metric of '{layer}' is of {metric.Size} inputs; the layer has {_layers[layer].Inputs}.", nameof(metrics));
            }
        }

        Joint = new JointMethod(options, metrics.ToDictionary(), kept ?? []);
    }

    /// <inheritdoc/>
    public IReadOnlyList<EditedLayer> Layers { get; }

    /// <inheritdoc/>
    public JointMethod Joint { get; }

    /// <inheritdoc/>
    public float LengthExponent => 0;

    /// <inheritdoc/>
    public bool AnswerRowsOnly => false;

    /// <inheritdoc/>
    public float Confidence => Joint.Options.Confidence;

    /// <summary>Refuses models that the method does not serve.</summary>
    /// <param name="architecture">The model.</param>
    /// <exception cref="ModelException">It is no decoder-only model.</exception>
    public static void CheckTask(ModelArchitecture architecture)
    {
        if (architecture.Task != ModelTask.Causal)
        {
            throw new ModelException("The joint method shifts what a model makes of a prompt's subject and serves decoder-only models; use --method mend for this one.");
        }
    }

    /// <inheritdoc/>
    public EditFactors Factors(LayerSignals signals)
    {
        EditedLayer layer = _layers[signals.Layer];
        InputMetric metric = Joint.Metrics[layer.Name];
        float[] inMetric = metric.Times(signals.U);
        return new EditFactors(
            layer.Name, signals.Rows, layer.Inputs, layer.Outputs, inMetric, Joint.Options.WholeShift ? Whole(layer, signals, inMetric) : signals.Delta, 1,
            new JointTerm(signals.U, metric.Name, signals.Subject ?? throw new ArgumentException("Signals for the joint method name their subject.", nameof(signals))));
    }

    /// <summary>Nothing is held that must be given back.</summary>
    public void Dispose()
    {
    }

    /// <summary>The shifts enlarged by what the solve takes off them.</summary>
    private static float[] Whole(EditedLayer layer, LayerSignals signals, float[] inMetric)
    {
        float[] whole = new float[signals.Delta.Length];
        for (int row = 0; row < signals.Rows; row++)
        {
            float reach = TensorPrimitives.Dot<float>(signals.U.AsSpan(row * layer.Inputs, layer.Inputs), inMetric.AsSpan(row * layer.Inputs, layer.Inputs));
            Range own = (row * layer.Outputs)..((row + 1) * layer.Outputs);
            TensorPrimitives.Multiply(signals.Delta.AsSpan()[own], 1 + (1 / MathF.Max(reach, LeastReach)), whole.AsSpan()[own]);
        }

        return whole;
    }
}

/// <summary>What the joint method needs to know where edits are drafted.</summary>
/// <param name="Options">Settings.</param>
/// <param name="Metrics">Metric by full layer name.</param>
/// <param name="Protected">Prompts with the model's own answers, which edits shall not change.</param>
public sealed record JointMethod(JointOptions Options, IReadOnlyDictionary<string, InputMetric> Metrics, IReadOnlyList<PromptTarget> Protected);
