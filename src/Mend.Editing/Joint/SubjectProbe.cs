using Mend.Models.Execution;

namespace Mend.Editing;

/// <summary>
/// Finds out whether a model looks its subjects up where these end: the share of edits whose answer a shift in that row makes sure. A model that
/// looks up at the end of the prompt hardly heeds it.
/// </summary>
public static class SubjectProbe
{
    private const int EditsPerPass = 8;

    /// <summary>Share of edits, above 0, from which on a model is taken to look up at its subjects.</summary>
    public const double Enough = 0.75;

    /// <summary>Probes.</summary>
    /// <param name="runner">The model.</param>
    /// <param name="encoder">Its encoder.</param>
    /// <param name="layers">The layers to shift.</param>
    /// <param name="options">Settings of the search.</param>
    /// <param name="edits">Edits that name their subject; others are passed over.</param>
    /// <param name="progress">Told the share that is done.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <returns>The share, or null when no edit names its subject.</returns>
    public static async Task<double?> RunAsync(
        IPassRunner runner,
        ExampleEncoder encoder,
        IReadOnlyList<string> layers,
        JointOptions options,
        IReadOnlyList<MetricEdit> edits,
        IProgress<double>? progress,
        CancellationToken cancellationToken)
    {
        IReadOnlyList<EditedLayer> edited = MendEditor.Describe(runner.Architecture, layers, shared: false);
        List<ShiftTarget> targets = [];
        foreach (MetricEdit edit in edits)
        {
            EncodedExample example = encoder.Encode(edit.Prompt, edit.Target);
            if (example.TargetRows[0] > 0 && edit.Subject is not null && encoder.SubjectRow(edit.Prompt, edit.Subject) is { } row)
            {
                targets.Add(new ShiftTarget([example], [[row]], edit.Prompt));
            }
        }

        int sure = 0, done = 0;
        foreach (ShiftTarget[] some in targets.Chunk(EditsPerPass))
        {
            IReadOnlyList<FoundShifts> found = await ShiftSearch.RunAsync(runner, edited, options, some, encoder.Padding, 0, cancellationToken).ConfigureAwait(false);
            sure += found.Count(f => f.Confidence >= options.Confidence);
            progress?.Report((done += some.Length) / (double)targets.Count);
        }

        return targets.Count == 0 ? null : sure / (double)targets.Count;
    }
}
