using Mend.Editing;

namespace Mend.Sharding;

/// <summary>The editor networks as a shard asks them, in this process or in a grain beside it. Safe to use from several threads.</summary>
public interface ILayerEditor
{
    /// <summary>Full names of all layers that the editor edits, on whichever shard they are.</summary>
    IReadOnlyList<string> Layers { get; }

    /// <summary>Whether only rows at which the answer is predicted are edited.</summary>
    bool AnswerRowsOnly { get; }

    /// <summary>The factors of one layer.</summary>
    /// <param name="signals">u and δ of that layer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<EditFactors> FactorsAsync(LayerSignals signals, CancellationToken cancellationToken);

    /// <summary>The editor that a pass names, where editors can be exchanged; else this one.</summary>
    /// <param name="editor">See <see cref="Pass.Editor"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ILayerEditor> ForAsync(EditorReference? editor, CancellationToken cancellationToken) => Task.FromResult(this);
}

/// <summary>An editor in this process.</summary>
/// <param name="editor">The editor; not disposed.</param>
public sealed class LocalEditor(IEditor editor) : ILayerEditor
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Layers { get; } = [.. editor.Layers.Select(l => l.Name)];

    /// <inheritdoc/>
    public bool AnswerRowsOnly => editor.AnswerRowsOnly;

    /// <inheritdoc/>
    public Task<EditFactors> FactorsAsync(LayerSignals signals, CancellationToken cancellationToken) =>
        Task.Run(() => editor.Factors(signals), cancellationToken);
}
