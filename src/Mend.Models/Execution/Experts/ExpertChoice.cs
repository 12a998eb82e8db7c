namespace Mend.Models.Execution;

/// <summary>Chooses the experts of a token by their scores.</summary>
internal static class ExpertChoice
{
    /// <summary>
    /// The best experts of the best groups, in ascending order. Of equal scores the first counts, counted from the token's position on: a
    /// router that knows nothing (and a dry run on shapes, where all is equal) so keeps all experts at work.
    /// </summary>
    /// <param name="scores">A score per expert.</param>
    /// <param name="routing">How many experts there are, in which groups, and how many are wanted.</param>
    /// <param name="position">The token's position in its text.</param>
    /// <param name="chosen">Receives the experts' numbers, as many as a token goes to.</param>
    public static void Choose(ReadOnlySpan<float> scores, ExpertRouting routing, int position, Span<int> chosen)
    {
        int size = scores.Length / routing.Groups;
        bool[] closed = new bool[scores.Length];
        if (routing.GroupsPerToken < routing.Groups)
        {
            Array.Fill(closed, true);
            int[] groups = new int[routing.GroupsPerToken];
            Best(GroupScores(scores, routing), new bool[routing.Groups], position / size, groups);
            foreach (int group in groups)
            {
                closed.AsSpan(group * size, size).Clear();
            }
        }

        Best(scores, closed, position, chosen);
        chosen.Sort();
    }

    private static float[] GroupScores(ReadOnlySpan<float> scores, ExpertRouting routing)
    {
        float[] result = new float[routing.Groups];
        int size = scores.Length / routing.Groups;
        int[] best = new int[Math.Min(routing.BestOfGroup, size)];
        for (int group = 0; group < result.Length; group++)
        {
            ReadOnlySpan<float> own = scores.Slice(group * size, size);
            Best(own, new bool[size], 0, best);
            foreach (int expert in best)
            {
                result[group] += own[expert];
            }
        }

        return result;
    }

    /// <summary>The places of the greatest values, greatest first, among those that are open; a value that is no number is the least.</summary>
    private static void Best(ReadOnlySpan<float> values, bool[] closed, int first, Span<int> places)
    {
        for (int rank = 0; rank < places.Length; rank++)
        {
            int best = -1;
            for (int i = 0; i < values.Length; i++)
            {
                int at = (first + i) % values.Length;
                if (!closed[at] && (best < 0 || values[at] > values[best] || (float.IsNaN(values[best]) && !float.IsNaN(values[at]))))
                {
                    best = at;
                }
            }

            closed[best] = true;
            places[rank] = best;
        }
    }
}
