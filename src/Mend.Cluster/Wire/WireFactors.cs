using Mend.Editing;

namespace Mend.Cluster;

/// <summary>Edit factors of one layer on their way.</summary>
/// <param name="Layer">The edited parameter's full name.</param>
/// <param name="U">Ũ [rank, in].</param>
/// <param name="Delta">Δ̃ [rank, out].</param>
/// <param name="Step">α.</param>
/// <param name="Keys">K [rank, in] of what is asked of a joint solve, or null.</param>
/// <param name="Metric">See <see cref="JointTerm"/>.</param>
/// <param name="Subject">See <see cref="JointTerm"/>.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.factors")]
public sealed record WireFactors(
    [property: Id(0)] string Layer,
    [property: Id(1)] WireTensor U,
    [property: Id(2)] WireTensor Delta,
    [property: Id(3)] float Step,
    [property: Id(4)] WireTensor? Keys,
    [property: Id(5)] string? Metric,
    [property: Id(6)] string? Subject)
{
    /// <summary>About the bytes that they take.</summary>
    public long Weight => U.ByteLength + Delta.ByteLength + (Keys?.ByteLength ?? 0) + (sizeof(char) * ((long)Layer.Length + (Metric?.Length ?? 0) + (Subject?.Length ?? 0))) + 64;

    /// <summary>Wraps factors; arrays are shared.</summary>
    /// <param name="factors">The factors.</param>
    public static WireFactors Of(EditFactors factors) => new(
        factors.Layer,
        new WireTensor([factors.Rank, factors.Inputs], factors.U),
        new WireTensor([factors.Rank, factors.Outputs], factors.Delta),
        factors.Step,
        factors.Joint is { } joint ? new WireTensor([factors.Rank, factors.Inputs], joint.Keys) : null,
        factors.Joint?.Metric,
        factors.Joint?.Subject);

    /// <summary>The factors; arrays are shared.</summary>
    public EditFactors ToFactors() => new(Layer, U.Extents[0], U.Extents[1], Delta.Extents[1], U.Values, Delta.Values, Step, Keys is null ? null : new JointTerm(Keys.Values, Metric!, Subject!));

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireFactors);
}

/// <summary>u and δ of one layer on their way to its editor.</summary>
/// <param name="Layer">The edited parameter's full name.</param>
/// <param name="Rows">Which rows of the edit's batch were kept.</param>
/// <param name="U">[rows, in].</param>
/// <param name="Delta">[rows, out].</param>
/// <param name="Editor">The editor that is asked; null where the signals go through the layer's shard, which is told.</param>
/// <param name="Subject">See <see cref="LayerSignals.Subject"/>.</param>
[GenerateSerializer, Immutable, Alias("mend.wire.signals")]
public sealed record WireSignals(
    [property: Id(0)] string Layer,
    [property: Id(1)] int[] Rows,
    [property: Id(2)] WireTensor U,
    [property: Id(3)] WireTensor Delta,
    [property: Id(4)] WireEditor? Editor,
    [property: Id(5)] string? Subject)
{
    /// <summary>About the bytes that they take.</summary>
    public long Weight => U.ByteLength + Delta.ByteLength + (sizeof(int) * Rows.LongLength) + (sizeof(char) * ((long)Layer.Length + (Subject?.Length ?? 0))) + 256;

    /// <summary>Wraps signals; arrays are shared.</summary>
    /// <param name="signals">The signals.</param>
    /// <param name="editor">The editor that is asked.</param>
    public static WireSignals Of(LayerSignals signals, EditorReference? editor) => new(
        signals.Layer, signals.KeptRows, new WireTensor([signals.Rows, signals.Inputs], signals.U), new WireTensor([signals.Rows, signals.Outputs], signals.Delta), editor is null ? null : WireEditor.Of(editor), signals.Subject);

    /// <summary>The signals; arrays are shared.</summary>
    public LayerSignals ToSignals() => LayerSignals.Of(Layer, Rows, U.Values, Delta.Values, U.Extents[1], Delta.Extents[1], Subject);

    /// <summary>Shows no content: messages stand in logs and in exceptions when they are lost.</summary>
    public override string ToString() => nameof(WireSignals);
}
