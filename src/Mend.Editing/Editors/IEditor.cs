namespace Mend.Editing;

/// <summary>Turns the signals of one edit into its factors, layer by layer. Safe to use from several threads.</summary>
public interface IEditor : IDisposable
{
    /// <summary>What drafting with the joint method needs; null for an editor of networks.</summary>
    JointMethod? Joint => null;

    /// <summary>The layers it edits, in its order.</summary>
    IReadOnlyList<EditedLayer> Layers { get; }

    /// <summary>e of the gradient pass's loss n^e · mean NLL; see <see cref="EditorOptions.LengthExponent"/>.</summary>
    float LengthExponent { get; }

    /// <summary>Whether only rows at which the answer is predicted are edited; see <see cref="EditorOptions.AnswerRowsOnly"/>.</summary>
    bool AnswerRowsOnly { get; }

    /// <summary>Probability that an edit's answer shall reach on its prompt, or 0; see <see cref="EditorOptions.Confidence"/>.</summary>
    float Confidence { get; }

    /// <summary>The factors of one layer.</summary>
    /// <param name="signals">u and δ of that layer.</param>
    /// <exception cref="KeyNotFoundException">The layer is not one of <see cref="Layers"/>.</exception>
    EditFactors Factors(LayerSignals signals);
}
