using Mend.Tensors;

namespace Mend.Editing;

/// <summary>
/// Trains an editor (Mitchell et al., 2022, algorithm 1). Everything random follows from the seed and the step's number, so a
/// run that was stopped and resumed ends with the same editor. One run at a time.
/// </summary>
public sealed class EditorTrainer : IDisposable
{
    /// <summary>Coarser than at an edit: the editor only needs to be near the strength it will be used at.</summary>
    private static readonly float[] Strengths = EditStrength.Ladder(8, 1.45f);

    private readonly IPassRunner _runner;
    private readonly ExampleEncoder _encoder;
    private readonly MendEditor _editor;
    private readonly TrainingOptions _options;
    private readonly IReadOnlyList<EditRecord> _validation;
    private readonly TimeProvider _time;
    private readonly FrozenCache _cache;
    private readonly StepSampler _sampler;
    private readonly AdamOptimizer _optimizer;
    private Dictionary<string, float[]> _best = [];

    /// <summary>Prepares a run.</summary>
    /// <param name="runner">The frozen base model.</param>
    /// <param name="encoder">Its encoder of examples.</param>
    /// <param name="editor">The editor; changed in place.</param>
    /// <param name="train">Edits to train on.</param>
    /// <param name="validation">Edits to choose by; may be empty, then the last state counts as the best.</param>
    /// <param name="options">How to train.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">The options contradict each other or there is nothing to train on.</exception>
    public EditorTrainer(
        IPassRunner runner,
        ExampleEncoder encoder,
        MendEditor editor,
        IReadOnlyList<EditRecord> train,
        IReadOnlyList<EditRecord> validation,
        TrainingOptions options,
        TimeProvider time)
    {
        options.Validate();
        if (train.Count == 0)
        {
            throw new ArgumentException("There are no edits to train on.", nameof(train));
        }

        if (editor.Options.Whitening > 0 && options.StatisticsEdits == 0 && editor.InputStatistics.Values.Any(s => s.Count < 2))
        {
            throw new ArgumentException("Whitening takes the statistics of u before the first step: set StatisticsEdits above 0, or Whitening to 0.");
        }

        _runner = runner;
        _encoder = encoder;
        _editor = editor;
        _options = options;
        _time = time;
        Train = train;
        _validation = [.. validation.Take(options.ValidationEdits)];
        _cache = new FrozenCache(runner, encoder, train, editor, options);
        _sampler = new StepSampler(train, options);
        _optimizer = new AdamOptimizer(editor.Parameters);
    }

    /// <summary>Steps done.</summary>
    public int Step => _optimizer.Step;

    /// <summary>Time spent in earlier runs of the same training.</summary>
    public TimeSpan ElapsedBefore { get; set; }

    /// <summary>Penalty of the best validation so far: its loss, or its quality with the sign turned (<see cref="TrainingOptions.SelectByLoss"/>).</summary>
    public double BestPenalty { get; private set; } = double.PositiveInfinity;

    internal TrainingOptions Options => _options;

    internal IReadOnlyList<EditRecord> Train { get; }

    internal IReadOnlyList<EditRecord> Validation => _validation;

    internal AdamOptimizer Optimizer => _optimizer;

    internal MendEditor Editor => _editor;

    internal IReadOnlyDictionary<string, float[]> Best => _best;

    internal int ValidationsWithoutGain { get; private set; }

    /// <summary>Trains to the end, or until it is cancelled between steps.</summary>
    /// <param name="progress">Told after every step; must not block.</param>
    /// <param name="checkpoint">Called after every step, with the trainer at rest; the place to save it. Null saves nothing.</param>
    /// <param name="cancellationToken">Stops after the current step and its validation; the trainer then stands between two steps.</param>
    /// <returns>The last validation, or null when there was none.</returns>
    public async Task<EvaluationReport?> RunAsync(
        IProgress<TrainingProgress>? progress, Action<EditorTrainer, TrainingProgress>? checkpoint, CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();
        EvaluationReport? validation = null;
        await PrepareStatisticsAsync(cancellationToken).ConfigureAwait(false);
        double done = Done(started);
        while (done < 1)
        {
            // A step that was begun is finished: half a step would leave statistics moved and parameters not.
            cancellationToken.ThrowIfCancellationRequested();
            (double edit, double locality, double norm, float rate) = await StepAsync(done, CancellationToken.None).ConfigureAwait(false);
            done = Done(started);
            bool isBest = false;
            if (_validation.Count > 0 && (done >= 1 || Step % _options.ValidateEvery == 0))
            {
                validation = await ValidateAsync(CancellationToken.None).ConfigureAwait(false);
                isBest = Keep(validation);
            }

            TrainingProgress now = new(
                Step, _options.Steps, done, Elapsed(started), edit, locality, norm, rate, _cache.ByteLength, validation, isBest);
            checkpoint?.Invoke(this, now);
            progress?.Report(now);
            if (_options.Patience > 0 && ValidationsWithoutGain >= _options.Patience)
            {
                break;
            }
        }

        RestoreBest();
        return validation;
    }

    /// <summary>Time spent so far, for a checkpoint.</summary>
    /// <param name="started">Timestamp at which the run began.</param>
    private TimeSpan Elapsed(long started) => ElapsedBefore + _time.GetElapsedTime(started);

    /// <summary>Gives the moments back.</summary>
    public void Dispose() => _optimizer.Dispose();

    internal void Resume(int step, double bestPenalty, int validationsWithoutGain, Dictionary<string, float[]> best)
    {
        _optimizer.Step = step;
        BestPenalty = bestPenalty;
        ValidationsWithoutGain = validationsWithoutGain;
        _best = best;
    }

    private double Done(long started)
    {
        double bySteps = (double)Step / _options.Steps;
        double byTime = _options.MaxDuration is { } limit ? Elapsed(started) / limit : 0;
        return Math.Min(1, Math.Max(bySteps, byTime));
    }

    private async Task PrepareStatisticsAsync(CancellationToken cancellationToken)
    {
        if (Step > 0 || _options.StatisticsEdits == 0)
        {
            return;
        }

        Dictionary<string, RunningStatistics> before = _editor.GradientStatistics.ToDictionary(s => s.Key, s => s.Value.Copy());
        Dictionary<string, RunningStatistics> inputsBefore = _editor.InputStatistics.ToDictionary(s => s.Key, s => s.Value.Copy());
        try
        {
            await ObserveAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Another call starts from nothing again: no row may count twice, and no input may stay unseen because it is kept.
            _editor.Restore(inputsBefore, before);
            _cache.Clear();
            throw;
        }
        finally
        {
            _cache.InputsSeen = null;
        }
    }

    private async Task ObserveAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, List<float[]>> inputs = _editor.Layers.ToDictionary(l => l.Name, _ => new List<float[]>());
        _cache.InputsSeen = _editor.Options.Whitening > 0 ? (layer, rows) => inputs[layer].Add(rows) : null;
        foreach (int[] some in _sampler.ForStatistics().Chunk(Math.Max(_options.EditsPerPass, 8)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (TrainingExample example in await _cache.GetAsync(some, cancellationToken).ConfigureAwait(false))
            {
                foreach (LayerSignals signals in example.Signals)
                {
                    _editor.Observe(signals);
                }
            }
        }

        if (_cache.InputsSeen is not null)
        {
            _editor.ObserveInputs(inputs.ToDictionary(i => i.Key, i => i.Value.SelectMany(r => r).ToArray()));
        }
    }

    private async Task<(double Edit, double Locality, double Norm, float Rate)> StepAsync(double done, CancellationToken cancellationToken)
    {
        int[] records = _sampler.ForStep(Step);
        Dictionary<string, Tensor> gradients = [];
        double edit = 0, locality = 0;
        try
        {
            int part = 0;
            foreach (int[] some in records.Chunk(_options.EditsPerPass))
            {
                IReadOnlyList<TrainingExample> examples = await _cache.GetAsync(some, cancellationToken).ConfigureAwait(false);
                using FactorStage stage = new(_editor, [.. examples.Select(e => e.Signals)], _options.MovingStatistics);
                float[]? strengths = await StrengthsAsync(examples, stage, cancellationToken).ConfigureAwait(false);
                Pass pass = Outer(_sampler.Choose(Step, part++, examples));
                int rows = pass.Batch.Size / examples.Count;
                PassHooks hooks = stage.Hooks(strengths is null ? null : [.. strengths.SelectMany(s => Enumerable.Repeat(s, rows))]);
                PassResult result = await _runner.RunAsync(pass, hooks, cancellationToken).ConfigureAwait(false);
                edit += result.Likelihood;
                locality += result.Divergence;
                stage.Collect();
                Sum(gradients, stage.Gradients());
            }

            float shape = Schedule(done);
            double norm = _optimizer.Apply(
                gradients, name => shape * RateOf(name), _options.Clip);
            return (Unweighted(edit, _options.EditWeight), Unweighted(locality, _options.LocalityWeight), norm, shape * _options.Rate);
        }
        finally
        {
            foreach (Tensor gradient in gradients.Values)
            {
                gradient.Dispose();
            }
        }
    }

    private Pass Outer(IReadOnlyList<(IReadOnlyList<FrozenSequence> Wanted, IReadOnlyList<FrozenSequence> Unrelated)> chosen) =>
        TrainingBatch.Build(_runner.Architecture, chosen, _options, _options.EditsPerStep, _cache.FirstStage, _encoder.Padding);

    /// <summary>
    /// The strength that each edit would be given (see <see cref="EditorOptions.Confidence"/>), so that the editor learns what
    /// matters at that strength: rephrases and unrelated prompts. Null where strengths are not chosen.
    /// </summary>
    private async Task<float[]?> StrengthsAsync(IReadOnlyList<TrainingExample> examples, FactorStage stage, CancellationToken cancellationToken)
    {
        if (_editor.Confidence == 0)
        {
            return null;
        }

        Pass pass = Outer([.. examples.Select(e =>
            ((IReadOnlyList<FrozenSequence>)[.. Enumerable.Repeat(e.Prompt, Strengths.Length)], (IReadOnlyList<FrozenSequence>)[]))]);
        PassHooks hooks = stage.Hooks([.. examples.SelectMany(_ => Strengths)]);
        PassResult result = await _runner.RunAsync(pass with { GradientFrom = null }, hooks, cancellationToken).ConfigureAwait(false);
        List<float> chosen = [];
        int at = 0;
        foreach (TrainingExample example in examples)
        {
            int tokens = example.Prompt.Example.TargetTokens.Length;
            List<ArraySegment<float>> rows = [.. Strengths.Select((_, i) => new ArraySegment<float>(result.TokenLogProbabilities, at + (i * tokens), tokens))];
            chosen.Add(EditStrength.Interpolate(Strengths, rows, _editor.Confidence));
            at += tokens * Strengths.Length;
        }

        return [.. chosen];
    }

    /// <summary>A loss as it is reported; one that does not count is 0.</summary>
    private static double Unweighted(double loss, float weight) => weight == 0 ? 0 : loss / weight;

    private void Sum(Dictionary<string, Tensor> sums, Dictionary<string, Tensor> gradients)
    {
        foreach ((string name, Tensor gradient) in gradients)
        {
            if (!sums.TryAdd(name, gradient))
            {
                _runner.Engine.Accumulate(sums[name], gradient);
                gradient.Dispose();
            }
        }
    }

    private float RateOf(string parameter)
    {
        if (parameter == MendEditor.Steps)
        {
            return _options.StepRate;
        }

        return EditorNetwork.IsVector(parameter) ? _options.Rate * _options.VectorRateFactor : _options.Rate;
    }

    private float Schedule(double done)
    {
        if (done < _options.Warmup)
        {
            return (float)((done + (1.0 / _options.Steps)) / (_options.Warmup + (1.0 / _options.Steps)));
        }

        double along = (done - _options.Warmup) / (1 - _options.Warmup);
        return _options.Decay ? (float)(0.5 * (1 + Math.Cos(Math.PI * along))) : 1f;
    }

    private async Task<EvaluationReport> ValidateAsync(CancellationToken cancellationToken)
    {
        EditEvaluator evaluator = new(_runner, _encoder, _options.EditWeight, _options.LocalityWeight, _time);
        MendMethod method = new(_editor, _encoder.Padding);
        List<EditScore> scores = [];
        foreach (EditRecord record in _validation)
        {
            scores.Add(await evaluator.ScoreAsync(record, method, cancellationToken).ConfigureAwait(false));
        }

        return EvaluationReport.Of(scores);
    }

    private bool Keep(EvaluationReport report)
    {
        double penalty = _options.SelectByLoss ? report.Loss : -report.Quality;

        // Written so that a penalty that is no number is no gain.
        if (!(penalty < BestPenalty))
        {
            ValidationsWithoutGain++;
            return false;
        }

        ValidationsWithoutGain = 0;
        BestPenalty = penalty;
        _best = _editor.Parameters.Names.ToDictionary(n => n, _editor.Parameters.Get);
        return true;
    }

    private void RestoreBest()
    {
        foreach ((string name, float[] values) in _best)
        {
            _editor.Parameters.Set(name, values);
        }
    }
}
