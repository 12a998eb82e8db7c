using System.Text.Json.Serialization;

namespace Mend.Editing;

/// <summary>In which rows of a prompt a joint edit shifts what the layers put out.</summary>
public enum JointRows
{
    /// <summary>Where what the edit is about ends: there most models look up what they know of it.</summary>
    Subject,

    /// <summary>Where the tokens of the answer are predicted, each with a shift of its own: for models that look up at the end of the prompt.</summary>
    Answer,
}

/// <summary>
/// Settings of the joint method. Rates are in units of the hidden states' root mean square in front of the first edited block, so that
/// they serve models of any scale.
/// </summary>
public sealed record JointOptions
{
    /// <summary>For models that look their subjects up where these end.</summary>
    public static JointOptions AtSubjects { get; } = new();

    /// <summary>For models that look up at the end of the prompt. Keys there differ more in what they cost, so a shift is made up for what the solve takes off it.</summary>
    public static JointOptions AtAnswers { get; } = new() { Rows = JointRows.Answer, Confidence = 0.998f, WholeShift = true };

    /// <summary>Where edits shift.</summary>
    public JointRows Rows { get; init; }

    /// <summary>
    /// Whether a shift is enlarged by what the solve would take off it were the edit alone, (1 + g) / g with g = k M⁻¹ kᵀ: then each edit alone comes
    /// out whole, and a dear one costs more.
    /// </summary>
    public bool WholeShift { get; init; }

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

    /// <summary>Weight of the second moment in the rows that edits shift, at least 0.</summary>
    [JsonPropertyName("subject_weight")] // As editor files have had it since rows of subjects were the only ones.
    public float EditWeight { get; init; } = 3;

    /// <summary>Weight of the second moment on prompts that shall keep their answers, at least 0.</summary>
    public float ProtectedWeight { get; init; } = 1;

    /// <summary>Added to M's diagonal, as a share of the diagonal's mean, above 0.</summary>
    public float Ridge { get; init; } = 0.003f;

    /// <summary>
    /// Mean of k M⁻¹ kᵀ over the inputs k in the rows that edits shift, to which M is scaled, above 0: the more, the nearer an edit's shift is to what it asks
    /// for, and the more else it changes.
    /// </summary>
    public float Reach { get; init; } = 3;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">Says which option is wrong and what it may be.</exception>
    public void Validate()
    {
        List<string> faults = [];
        Check(Enum.IsDefined(Rows), nameof(Rows), Rows, "Subject or Answer");
        Check(Confidence is > 0 and < 1, nameof(Confidence), Confidence, "above 0 and below 1");
        Check(Rounds >= 1, nameof(Rounds), Rounds, "at least 1");
        Check(Rate > 0 && float.IsFinite(Rate), nameof(Rate), Rate, "above 0");
        Check(Decay >= 0 && float.IsFinite(Decay), nameof(Decay), Decay, "at least 0");
        Check(TextWeight >= 0 && float.IsFinite(TextWeight), nameof(TextWeight), TextWeight, "at least 0");
        Check(EditWeight >= 0 && float.IsFinite(EditWeight), nameof(EditWeight), EditWeight, "at least 0");
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
