namespace Mend.Editing;

/// <summary>The common factor on an edit's learned steps: which ones to try, and which to take.</summary>
internal static class EditStrength
{
    private const float Weakest = 0.3f;

    /// <summary>Strengths to try, weakest first.</summary>
    /// <param name="count">How many.</param>
    /// <param name="ratio">Each by this stronger than the one before.</param>
    public static float[] Ladder(int count, float ratio) => [.. Enumerable.Range(0, count).Select(i => Weakest * MathF.Pow(ratio, i))];

    /// <summary>The weakest at which the answer's least likely token reaches the confidence; where none does, the one that comes nearest.</summary>
    /// <param name="strengths">Weakest first.</param>
    /// <param name="logProbabilities">Per strength, of the answer's tokens.</param>
    /// <param name="confidence">The probability to reach.</param>
    public static float Choose(float[] strengths, IReadOnlyList<ArraySegment<float>> logProbabilities, float confidence)
    {
        float[] least = [.. logProbabilities.Select(p => MathF.Exp(p.Min()))];
        int reached = Array.FindIndex(least, p => p >= confidence);
        return strengths[reached >= 0 ? reached : Array.IndexOf(least, least.Max())];
    }

    /// <summary>As <see cref="Choose"/>, but between two tries, where the logit of the least likely token, drawn as a line, crosses the confidence's.</summary>
    /// <param name="strengths">Weakest first.</param>
    /// <param name="logProbabilities">Per strength, of the answer's tokens.</param>
    /// <param name="confidence">The probability to reach.</param>
    public static float Interpolate(float[] strengths, IReadOnlyList<ArraySegment<float>> logProbabilities, float confidence)
    {
        static float Logit(float p) => MathF.Log(MathF.Max(p, 1e-20f) / MathF.Max(1 - p, 1e-7f));
        float chosen = Choose(strengths, logProbabilities, confidence);
        int at = Array.IndexOf(strengths, chosen);
        float above = MathF.Exp(logProbabilities[at].Min());
        if (at == 0 || above < confidence)
        {
            return chosen;
        }

        float below = Logit(MathF.Exp(logProbabilities[at - 1].Min()));
        float share = (Logit(confidence) - below) / MathF.Max(Logit(above) - below, 1e-6f);
        return strengths[at - 1] + (Math.Clamp(share, 0f, 1f) * (chosen - strengths[at - 1]));
    }
}
