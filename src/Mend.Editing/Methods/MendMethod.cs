namespace Mend.Editing;

/// <summary>MEND: one gradient pass, then the editor networks (Mitchell et al., 2022, algorithm 2).</summary>
public sealed class MendMethod : IEditMethod
{
    private readonly IEditor _editor;
    private readonly int _padding;

    /// <summary>Creates the method.</summary>
    /// <param name="editor">The trained editor.</param>
    /// <param name="padding">What to fill batches with.</param>
    public MendMethod(IEditor editor, int padding)
    {
        _editor = editor;
        _padding = padding;
    }

    /// <inheritdoc/>
    public string Name => "mend";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<EditFactors>> ComputeAsync(
        IPassRunner runner, EncodedExample edit, long version, CancellationToken cancellationToken)
    {
        IReadOnlyList<EditSignals> signals = await GradientPass.RunAsync(
            runner, [.. _editor.Layers.Select(l => l.Name)], [edit], _padding, version, [], cancellationToken).ConfigureAwait(false);
        return [.. signals[0].Layers.Select(_editor.Factors)];
    }
}
