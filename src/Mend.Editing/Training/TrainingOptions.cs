namespace Mend.Editing;

/// <summary>At which positions of an unrelated prompt the edited model is held to the base model.</summary>
public enum LocalityPositions
{
    /// <summary>Where its answer is predicted.</summary>
    Answer,

    /// <summary>Everywhere, as the paper's L_loc has it.</summary>
    All,
}

/// <summary>
/// How an editor is trained: L = c_edit · L_edit + c_loc · KL(base ‖ edited) (Mitchell et al., 2022, eqs. 4a and 4b,
/// algorithm 1), Adam, gradients summed over several edits. Defaults are what trains best on the models tried; see
/// <see cref="Paper"/> for theirs.
/// </summary>
public sealed record TrainingOptions
{
    /// <summary>Optimiser steps.</summary>
    public int Steps { get; init; } = 600;

    /// <summary>Edits whose gradients make one step.</summary>
    public int EditsPerStep { get; init; } = 8;

    /// <summary>Edits that share one pass; a step of more edits takes several passes.</summary>
    public int EditsPerPass { get; init; } = 8;

    /// <summary>Adam's rate for the networks at its highest.</summary>
    public float Rate { get; init; } = 2e-4f;

    /// <summary>Biases, scales and shifts are given the networks' rate times this: they are few and start near where they end.</summary>
    public float VectorRateFactor { get; init; } = 5f;

    /// <summary>Adam's rate for the learned steps α at its highest.</summary>
    public float StepRate { get; init; } = 1e-4f;

    /// <summary>Share of the steps over which the rates rise from 0.</summary>
    public float Warmup { get; init; } = 0.02f;

    /// <summary>Whether the rates fall to 0 along a cosine after the warm-up; else they stay.</summary>
    public bool Decay { get; init; } = true;

    /// <summary>Greatest norm of the gradient of a step, over all parameters together.</summary>
    public float Clip { get; init; } = 1f;

    /// <summary>c_edit.</summary>
    public float EditWeight { get; init; } = 0.1f;

    /// <summary>c_loc.</summary>
    public float LocalityWeight { get; init; } = 1f;

    /// <summary>Whether L_edit counts the edited prompt itself beside its rephrases.</summary>
    public bool IncludePrompt { get; init; } = true;

    /// <summary>Rephrases of an edit that count in L_edit in one step.</summary>
    public int RephrasesPerEdit { get; init; } = 3;

    /// <summary>Unrelated prompts of an edit that count in L_loc in one step.</summary>
    public int LocalityPerEdit { get; init; } = 6;

    /// <summary>Where the edited model is held to the base model.</summary>
    public LocalityPositions LocalityPositions { get; init; }

    /// <summary>Edits whose u and δ make the normalising statistics before the first step; 0 leaves it to <see cref="MovingStatistics"/>.</summary>
    public int StatisticsEdits { get; init; } = 2048;

    /// <summary>Whether statistics go on moving within each training step, as the authors' do.</summary>
    public bool MovingStatistics { get; init; }

    /// <summary>Whether the first step sums one batch more, as the authors' accumulation does.</summary>
    public bool FirstStepTakesOneMore { get; init; }

    /// <summary>Steps between two validations.</summary>
    public int ValidateEvery { get; init; } = 100;

    /// <summary>Validation edits; the first of the file.</summary>
    public int ValidationEdits { get; init; } = 200;

    /// <summary>Whether the best state is the one of least validation loss, as in the paper, rather than of highest <see cref="EvaluationReport.Quality"/>.</summary>
    public bool SelectByLoss { get; init; }

    /// <summary>Validations without improvement after which training stops; 0 never stops early.</summary>
    public int Patience { get; init; }

    /// <summary>Longest time; the rates' schedule follows whichever of steps and time runs out first. Null sets no limit.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>Bytes of host memory for what is constant: u, δ, base log-probabilities, hidden states.</summary>
    public long CacheBytes { get; init; } = 4L << 30;

    /// <summary>Seed of everything random.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The paper's recipe as the authors' code carries it out, accidents included; with <see cref="EditorOptions.Paper"/>.</summary>
    public static TrainingOptions Paper { get; } = new()
    {
        Steps = 100_000,
        EditsPerStep = 10,
        EditsPerPass = 1,
        Rate = 1e-6f,
        VectorRateFactor = 1,
        StepRate = 1e-6f,
        Warmup = 0,
        Decay = false,
        Clip = 100,
        IncludePrompt = false,
        RephrasesPerEdit = 1,
        LocalityPerEdit = 1,
        LocalityPositions = LocalityPositions.All,
        StatisticsEdits = 0,
        MovingStatistics = true,
        FirstStepTakesOneMore = true,
        SelectByLoss = true,
        Patience = 20,
    };

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentException">Says which value is wrong and what it may be.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1, nameof(Steps));
        ArgumentOutOfRangeException.ThrowIfLessThan(EditsPerStep, 1, nameof(EditsPerStep));
        ArgumentOutOfRangeException.ThrowIfLessThan(EditsPerPass, 1, nameof(EditsPerPass));
        ArgumentOutOfRangeException.ThrowIfNegative(RephrasesPerEdit, nameof(RephrasesPerEdit));
        ArgumentOutOfRangeException.ThrowIfNegative(LocalityPerEdit, nameof(LocalityPerEdit));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Rate, nameof(Rate));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(StepRate, nameof(StepRate));
        ArgumentOutOfRangeException.ThrowIfNegative(VectorRateFactor, nameof(VectorRateFactor));
        ArgumentOutOfRangeException.ThrowIfNegative(Warmup, nameof(Warmup));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Warmup, 1f, nameof(Warmup));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Clip, nameof(Clip));
        ArgumentOutOfRangeException.ThrowIfNegative(EditWeight, nameof(EditWeight));
        ArgumentOutOfRangeException.ThrowIfNegative(LocalityWeight, nameof(LocalityWeight));
        ArgumentOutOfRangeException.ThrowIfNegative(StatisticsEdits, nameof(StatisticsEdits));
        ArgumentOutOfRangeException.ThrowIfNegative(ValidationEdits, nameof(ValidationEdits));
        ArgumentOutOfRangeException.ThrowIfNegative(Patience, nameof(Patience));
        ArgumentOutOfRangeException.ThrowIfNegative(CacheBytes, nameof(CacheBytes));
        if (MaxDuration is { } limit)
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(limit, TimeSpan.Zero, nameof(MaxDuration));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(ValidateEvery, 1, nameof(ValidateEvery));
        if (!IncludePrompt && RephrasesPerEdit == 0)
        {
            throw new ArgumentException("Without the prompt and without rephrases there is nothing to learn from; set one of them.");
        }

        if (StatisticsEdits == 0 && !MovingStatistics)
        {
            throw new ArgumentException("The normalising statistics need edits: set StatisticsEdits above 0, or MovingStatistics.");
        }
    }
}
