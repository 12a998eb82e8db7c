using Mend.Editing;

namespace Mend.Cluster;

/// <summary>Edit factors of one layer on their way.</summary>
/// <param name="Layer">The edited parameter's full name.</param>
/// <param name="U">Ũ [rank, in].</param>
/// <param name="Delta">Δ̃ [rank, out].</param>
/// <param name="Step">α.</param>
[GenerateSerializer, Immutable]
public sealed record WireFactors([property: Id(0)] string Layer, [property: Id(1)] WireTensor U, [property: Id(2)] WireTensor Delta, [property: Id(3)] float Step)
{
    /// <summary>Wraps factors; arrays are shared.</summary>
    /// <param name="factors">The factors.</param>
    public static WireFactors Of(EditFactors factors) => new(
        factors.Layer, new WireTensor([factors.Rank, factors.Inputs], factors.U), new WireTensor([factors.Rank, factors.Outputs], factors.Delta), factors.Step);

    /// <summary>The factors; arrays are shared.</summary>
    public EditFactors ToFactors() => new(Layer, U.Extents[0], U.Extents[1], Delta.Extents[1], U.Values, Delta.Values, Step);
}

/// <summary>u and δ of one layer on their way to its editor.</summary>
/// <param name="Layer">The edited parameter's full name.</param>
/// <param name="Rows">Which rows of the edit's batch were kept.</param>
/// <param name="U">[rows, in].</param>
/// <param name="Delta">[rows, out].</param>
/// <param name="Editor">The editor that is asked.</param>
[GenerateSerializer, Immutable]
public sealed record WireSignals(
    [property: Id(0)] string Layer, [property: Id(1)] int[] Rows, [property: Id(2)] WireTensor U, [property: Id(3)] WireTensor Delta, [property: Id(4)] WireEditor Editor)
{
    /// <summary>Wraps signals; arrays are shared.</summary>
    /// <param name="signals">The signals.</param>
    /// <param name="editor">The editor that is asked.</param>
    public static WireSignals Of(LayerSignals signals, EditorReference editor) => new(
        signals.Layer, signals.KeptRows, new WireTensor([signals.Rows, signals.Inputs], signals.U), new WireTensor([signals.Rows, signals.Outputs], signals.Delta), WireEditor.Of(editor));

    /// <summary>The signals; arrays are shared.</summary>
    public LayerSignals ToSignals() => LayerSignals.Of(Layer, Rows, U.Values, Delta.Values, U.Extents[1], Delta.Extents[1]);
}
