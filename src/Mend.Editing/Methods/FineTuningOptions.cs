namespace Mend.Editing;

/// <summary>
/// Settings of the fine-tuning baselines. The defaults were chosen on 80 validation edits of a six-block GPT-2: the surer the answer must
/// be, the more rephrases follow and the more unrelated answers are lost; smaller steps lose fewer.
/// </summary>
public sealed record FineTuningOptions
{
    /// <summary>Default of <see cref="Rate"/>.</summary>
    public const float DefaultRate = 0.05f;

    /// <summary>Default of <see cref="MaxSteps"/>, the authors' limit.</summary>
    public const int DefaultMaxSteps = 100;

    /// <summary>Default of <see cref="Confidence"/>.</summary>
    public const float DefaultConfidence = 0.7f;

    /// <summary>Step size of the plain gradient steps, above 0.</summary>
    public float Rate { get; init; } = DefaultRate;

    /// <summary>Most steps before giving up, at least 1. The steps taken until then are the edit.</summary>
    public int MaxSteps { get; init; } = DefaultMaxSteps;

    /// <summary>
    /// Steps end when every token of the answer is the most likely one and has at least this probability, from 0 to below 1.
    /// 0 stops as soon as the answer is predicted, as the authors do.
    /// </summary>
    public float Confidence { get; init; } = DefaultConfidence;

    /// <summary>Weight of KL(base ‖ edited) on unrelated prompts, at least 0; 0 is plain fine-tuning ("ft"), more is "ft-kl".</summary>
    public float DivergenceWeight { get; init; }

    /// <summary>At which positions of the unrelated prompts the divergence is taken.</summary>
    public LocalityPositions DivergenceAt { get; init; }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">Says which option is wrong and what it may be.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(Rate > 0 && float.IsFinite(Rate), nameof(Rate), Rate, "above 0");
        Check(MaxSteps >= 1, nameof(MaxSteps), MaxSteps, "at least 1");
        Check(Confidence is >= 0 and < 1, nameof(Confidence), Confidence, "from 0 to below 1");
        Check(DivergenceWeight >= 0 && float.IsFinite(DivergenceWeight), nameof(DivergenceWeight), DivergenceWeight, "at least 0");
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Settings of fine-tuning are out of range: {string.Join("; ", faults)}.");
        }

        void Check(bool holds, string name, object value, string wanted)
        {
            if (!holds)
            {
                faults.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name} is {value} and must be {wanted}"));
            }
        }
    }
}
