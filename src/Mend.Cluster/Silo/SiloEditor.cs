using Mend.Editing;
using Mend.Ledger;

namespace Mend.Cluster;

/// <summary>An editor on this silo, until it is retired and the last who asks it has its answer. Safe to use from several threads.</summary>
internal sealed class SiloEditor(EditorReference reference, IEditor editor) : IEditor
{
    private readonly Lock _lock = new();
    private int _asking;
    private bool _retired;

    public EditorReference Reference => reference;

    /// <summary>The digest of its file.</summary>
    public Sha256Digest Digest => Sha256Digest.TryParse(reference.Digest, out Sha256Digest digest) ? digest : throw new InvalidOperationException($"'{reference.Digest}' is no digest.");

    public IReadOnlyList<EditedLayer> Layers => editor.Layers;

    public JointMethod? Joint => editor.Joint;

    public float LengthExponent => editor.LengthExponent;

    public bool AnswerRowsOnly => editor.AnswerRowsOnly;

    public float Confidence => editor.Confidence;

    /// <inheritdoc/>
    /// <exception cref="RetryableException">The editor was retired.</exception>
    public EditFactors Factors(LayerSignals signals)
    {
        lock (_lock)
        {
            if (_retired)
            {
                throw new RetryableException($"The editor {reference.Digest[..8]} is no longer in use; send the edit again.");
            }

            _asking++;
        }

        try
        {
            return editor.Factors(signals);
        }
        finally
        {
            Leave(asked: 1, retire: false);
        }
    }

    /// <summary>Answers no more questions and gives the editor back once those that were put are answered. May be called again.</summary>
    public void Retire() => Leave(asked: 0, retire: true);

    /// <summary>The same as <see cref="Retire"/>.</summary>
    public void Dispose() => Retire();

    private void Leave(int asked, bool retire)
    {
        bool last;
        lock (_lock)
        {
            _asking -= asked;
            _retired |= retire;
            last = _retired && _asking == 0;
        }

        if (last)
        {
            editor.Dispose();
        }
    }
}
