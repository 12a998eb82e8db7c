namespace Mend.Editing;

/// <summary>
/// The baselines "ft" and "ft-kl": plain gradient steps on the edited layers until the answer is predicted (Mitchell et al., 2022,
/// section 4). No weight is changed and no weight-sized gradient is formed: every step adds its rows of u and δ to the edit's
/// factors, which are laid over the model for the next step. The paper's own baselines step with Adam, which has no low-rank
/// form; plain steps have, exactly.
/// </summary>
public sealed class FineTuning : IEditMethod
{
    private readonly IReadOnlyList<string> _layers;
    private readonly int _padding;
    private readonly FineTuningOptions _options;
    private readonly IReadOnlyList<EncodedExample> _unrelated;

    /// <summary>Creates the method.</summary>
    /// <param name="layers">Full names of the layers to edit, at least one.</param>
    /// <param name="padding">What to fill batches with.</param>
    /// <param name="options">Its settings; null means the defaults.</param>
    /// <param name="unrelated">
    /// Prompts to hold to what the model makes of them, for "ft-kl"; all of them enter every step. Not used when the divergence has
    /// no weight.
    /// </param>
    /// <exception cref="ArgumentException">A setting is out of range, or there is nothing to edit or to hold.</exception>
    public FineTuning(IReadOnlyList<string> layers, int padding, FineTuningOptions? options = null, IReadOnlyList<EncodedExample>? unrelated = null)
    {
        _options = options ?? new FineTuningOptions();
        _options.Validate();
        ArgumentOutOfRangeException.ThrowIfZero(layers.Count, nameof(layers));
        bool holds = _options.DivergenceWeight > 0;
        if (holds && unrelated is null or { Count: 0 })
        {
            throw new ArgumentException(
                $"{nameof(FineTuningOptions.DivergenceWeight)} is {_options.DivergenceWeight} and there are no unrelated prompts; give some, or set it to 0.",
                nameof(unrelated));
        }

        _layers = [.. layers];
        _padding = padding;
        _unrelated = holds ? [.. unrelated!] : [];
    }

    /// <inheritdoc/>
    public string Name => _unrelated.Count > 0 ? "ft-kl" : "ft";

    /// <inheritdoc/>
    /// <exception cref="EditRequestException">The steps diverge.</exception>
    public async Task<IReadOnlyList<EditFactors>> ComputeAsync(
        IPassRunner runner, EncodedExample edit, long version, CancellationToken cancellationToken)
    {
        TuningLoss loss = await TuningLoss.PrepareAsync(
            runner, _layers, edit, _unrelated, _options, _padding, version, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<FactorAccumulator> sums = [];
        for (int step = 0; step < _options.MaxSteps; step++)
        {
            TuningGradient gradient = await loss.GradientAsync(Factors(sums), cancellationToken).ConfigureAwait(false);
            ThrowIfDiverged(gradient.Loss, step);
            sums = step == 0 ? [.. gradient.Layers.Select(l => new FactorAccumulator(l.Layer, l.Inputs, l.Outputs))] : sums;
            if (gradient.Predicted && gradient.Confidence >= _options.Confidence)
            {
                break;
            }

            foreach ((FactorAccumulator sum, LayerSignals signals) in sums.Zip(gradient.Layers))
            {
                sum.Add(signals);
            }
        }

        return Factors(sums);
    }

    private IReadOnlyList<EditFactors> Factors(IReadOnlyList<FactorAccumulator> sums) => [.. sums.Select(s => s.Factors(_options.Rate))];

    private void ThrowIfDiverged(double loss, int step)
    {
        if (!double.IsFinite(loss))
        {
            throw new EditRequestException(
                $"Fine-tuning diverged: the loss is {loss} after {step} steps of {_options.Rate}; lower {nameof(FineTuningOptions.Rate)}.");
        }
    }
}
