namespace Mend.Editing;

/// <summary>Settings of a consolidation.</summary>
public sealed record ConsolidationOptions
{
    /// <summary>Steps of the optimisation, at least 1.</summary>
    public int Steps { get; init; } = 24;

    /// <summary>Adam's rate at its highest, as a share of what a row of a layer's change begins as, above 0; it rises over three steps and falls to a tenth.</summary>
    public float Rate { get; init; } = 0.1f;

    /// <summary>Answer tokens with at least this probability ask for nothing more, above 0 and below 1; null for twice as far from 1 as the editor's confidence.</summary>
    public float? Confidence { get; init; }

    /// <summary>β of β · KL(base ‖ edited) on protected prompts, at least 0.</summary>
    public float DivergenceWeight { get; init; } = 5;

    /// <summary>Protected prompts a step.</summary>
    public int ProtectedPerStep { get; init; } = 192;

    /// <summary>Weight of half the squared change, each row in units of what it begins as, at least 0.</summary>
    public float Decay { get; init; } = 2e-5f;

    /// <summary>Seed of which prompts a step takes.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the value and its range.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Steps, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Rate);
        if (Confidence is { } confidence)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(confidence, nameof(Confidence));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(confidence, 1f, nameof(Confidence));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(DivergenceWeight);
        ArgumentOutOfRangeException.ThrowIfNegative(ProtectedPerStep);
        ArgumentOutOfRangeException.ThrowIfNegative(Decay);
    }
}

/// <summary>How a consolidation stands.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Missing">Answer tokens below the confidence, as last seen.</param>
/// <param name="Divergence">β · KL on this step's protected prompts.</param>
public sealed record ConsolidationProgress(int Step, int Steps, int Missing, double Divergence);
