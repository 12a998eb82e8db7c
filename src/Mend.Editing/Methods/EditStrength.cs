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
}
