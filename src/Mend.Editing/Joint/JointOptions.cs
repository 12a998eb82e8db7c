namespace Mend.Editing;

/// <summary>
/// Settings of the joint method. Rates are in units of the hidden states' root mean square in front of the first edited block, so that
/// they serve models of any scale.
/// </summary>
public sealed record JointOptions
{
    /// <summary>Probability that each token of the answer shall reach on the prompt when the edit is alone, above 0 and below 1.</summary>
    public float Confidence { get; init; } = 0.8f;

    /// <summary>Most gradient passes for one edit, at least 1.</summary>
    public int Rounds { get; init; } = 40;

    /// <summary>Adam's rate of the shifts, above 0.</summary>
    public float Rate { get; init; } = 0.045f;

    /// <summary>Weight of the squared shifts in the loss of an edit, at least 0.</summary>
    public float Decay { get; init; } = 0.012f;

    /// <summary>Weight of the inputs' second moment on ordinary text in the metric M, at least 0.</summary>
    public float TextWeight { get; init; } = 1;

    /// <summary>Weight of the second moment where subjects of edits end, at least 0.</summary>
    public float SubjectWeight { get; init; } = 3;

    /// <summary>Weight of the second moment on prompts that shall keep their answers, at least 0.</summary>
    public float ProtectedWeight { get; init; } = 1;

    /// <summary>Added to M's diagonal, as a share of the diagonal's mean, above 0.</summary>
    public float Ridge { get; init; } = 0.003f;

    /// <summary>
    /// Mean of k M⁻¹ kᵀ over the inputs k where subjects end, to which M is scaled, above 0: the more, the nearer an edit's shift is to what it asks
    /// for, and the more else it changes.
    /// </summary>
    public float Reach { get; init; } = 3;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">Says which option is wrong and what it may be.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(Confidence is > 0 and < 1, nameof(Confidence), Confidence, "above 0 and below 1");
        Check(Rounds >= 1, nameof(Rounds), Rounds, "at least 1");
        Check(Rate > 0 && float.IsFinite(Rate), nameof(Rate), Rate, "above 0");
        Check(Decay >= 0 && float.IsFinite(Decay), nameof(Decay), Decay, "at least 0");
        Check(TextWeight >= 0 && float.IsFinite(TextWeight), nameof(TextWeight), TextWeight, "at least 0");
        Check(SubjectWeight >= 0 && float.IsFinite(SubjectWeight), nameof(SubjectWeight), SubjectWeight, "at least 0");
        Check(ProtectedWeight >= 0 && float.IsFinite(ProtectedWeight), nameof(ProtectedWeight), ProtectedWeight, "at least 0");
        Check(Ridge > 0 && float.IsFinite(Ridge), nameof(Ridge), Ridge, "above 0");
        Check(Reach > 0 && float.IsFinite(Reach), nameof(Reach), Reach, "above 0");
        if (faults.Count > 0)
        {
            throw new ArgumentException($"Settings of the joint method are out of range: {string.Join("; ", faults)}.");
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
