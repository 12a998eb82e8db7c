namespace Mend.Editing;

/// <summary>Turns the signals of one edit into its factors, layer by layer. Safe to use from several threads.</summary>
public interface IEditor
{
    /// <summary>The layers it edits, in its order.</summary>
    IReadOnlyList<EditedLayer> Layers { get; }

    /// <summary>The factors of one layer.</summary>
    /// <param name="signals">u and δ of that layer.</param>
    /// <exception cref="KeyNotFoundException">The layer is not one of <see cref="Layers"/>.</exception>
    EditFactors Factors(LayerSignals signals);
}
