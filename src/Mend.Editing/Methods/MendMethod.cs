namespace Mend.Editing;

/// <summary>
/// MEND: one gradient pass, then the editor networks (Mitchell et al., 2022, algorithm 2), then, where the editor asks for a
/// confidence, the strength that just reaches it.
/// </summary>
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
        EditSignals signals = await SignalsAsync(runner, edit, version, [], cancellationToken).ConfigureAwait(false);
        return await CalibrateAsync(runner, edit, version, [], Factors(signals), signals.Entering, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>First step: u and δ of every edited layer.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="edit">The prompt with the wanted answer.</param>
    /// <param name="version">The version that the edit goes on top of.</param>
    /// <param name="before">Factors between the version and the edit.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    public async Task<EditSignals> SignalsAsync(
        IPassRunner runner, EncodedExample edit, long version, IReadOnlyList<EditFactors> before, CancellationToken cancellationToken)
    {
        IReadOnlyList<EditSignals> signals = await GradientPass.RunAsync(
            runner, [.. _editor.Layers.Select(l => l.Name)], [edit], _padding, version, before, _editor.LengthExponent, cancellationToken, _editor.AnswerRowsOnly).ConfigureAwait(false);
        return signals[0];
    }

    /// <summary>Second step: the editor networks.</summary>
    /// <param name="signals">u and δ.</param>
    public IReadOnlyList<EditFactors> Factors(EditSignals signals) => [.. signals.Layers.Select(_editor.Factors)];

    /// <summary>
    /// Third step: the smallest strength at which the answer's least likely token reaches the editor's confidence on the prompt;
    /// where none does, the one that comes nearest. One pass tries them all.
    /// </summary>
    /// <param name="runner">The model.</param>
    /// <param name="edit">The prompt with the wanted answer.</param>
    /// <param name="version">The version that the edit goes on top of.</param>
    /// <param name="before">Factors between the version and the edit.</param>
    /// <param name="factors">What the editor networks made.</param>
    /// <param name="entering">What the gradient pass saw in front of the first edited block; null starts from the tokens.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    public async Task<IReadOnlyList<EditFactors>> CalibrateAsync(
        IPassRunner runner,
        EncodedExample edit,
        long version,
        IReadOnlyList<EditFactors> before,
        IReadOnlyList<EditFactors> factors,
        EnteringState? entering,
        CancellationToken cancellationToken)
    {
        if (_editor.Confidence == 0 || factors.All(f => f.Rank == 0))
        {
            return factors;
        }

        StrengthSearch search = new(edit, runner.Architecture, _padding);
        Pass pass = search.Pass with { Version = version, Before = before, Preview = factors };
        PassResult result = await runner.RunAsync(entering?.Start(pass) ?? pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
        float strength = search.Choose(result, _editor.Confidence);
        return [.. factors.Select(f => f.Times(strength))];
    }
}
