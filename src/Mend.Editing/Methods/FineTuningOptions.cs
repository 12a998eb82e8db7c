namespace Mend.Editing;

/// <summary>Settings of the fine-tuning baselines.</summary>
public sealed record FineTuningOptions
{
    /// <summary>Step size of the plain gradient steps.</summary>
    public float Rate { get; init; } = 0.1f;

    /// <summary>Most steps before giving up; the authors' limit.</summary>
    public int MaxSteps { get; init; } = 100;

    /// <summary>Weight of KL(base ‖ edited) on unrelated prompts; 0 is plain fine-tuning.</summary>
    public float DivergenceWeight { get; init; }
}
