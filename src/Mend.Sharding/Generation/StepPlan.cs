namespace Mend.Sharding;

/// <summary>
/// Shares the rows of a step among texts. Texts that go on by one token come first, those that have waited longest before the others, as long as they leave a
/// quarter to prompts. Of that, half is for the prompt that came first and the rest for the shortest: so most texts begin soon, a long prompt stalls nobody,
/// and nobody stalls it.
/// </summary>
internal static class StepPlan
{
    /// <summary>Part of a step that is kept for prompts where there are any.</summary>
    private const int PromptPart = 4;

    /// <summary>Says how many rows each text gets.</summary>
    /// <param name="texts">Rows that each text needs until its next token, at least 1, and the step that it last had some in; in the order in which they came.</param>
    /// <param name="rows">Rows of the step; at least 2.</param>
    /// <returns>Rows per text, 0 to what it needs; together at most <paramref name="rows"/>.</returns>
    public static int[] Share(IReadOnlyList<(int Need, long Served)> texts, int rows)
    {
        int[] given = new int[texts.Count];
        int left = rows;
        void Give(int text, int most)
        {
            int more = Math.Min(Math.Min(most, left), texts[text].Need - given[text]);
            given[text] += more;
            left -= more;
        }

        List<int> prompts = [.. Enumerable.Range(0, given.Length).Where(i => texts[i].Need > 1)];
        int kept = prompts.Count == 0 ? 0 : Math.Max(1, rows / PromptPart);
        foreach (int text in Enumerable.Range(0, given.Length).Where(i => texts[i].Need == 1).OrderBy(i => texts[i].Served).Take(rows - kept))
        {
            Give(text, 1);
        }

        if (prompts.Count > 0)
        {
            Give(prompts[0], Math.Max(1, left / 2));
            foreach (int text in prompts.OrderBy(i => texts[i].Need))
            {
                Give(text, left);
            }
        }

        return given;
    }
}
