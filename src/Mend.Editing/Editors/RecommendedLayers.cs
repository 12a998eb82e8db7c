using Mend.Models;

namespace Mend.Editing;

/// <summary>Which layers a new editor edits when nobody says otherwise.</summary>
public static class RecommendedLayers
{
    private const int MostAtAnswers = 9;

    /// <summary>
    /// The output matrices of the second to last of the blocks that the authors' configurations edit. On gpt2-pararel one such
    /// layer with whitened inputs disturbed unrelated answers less, at the same edit success, than any set of layers tried, and
    /// training it costs a fraction.
    /// </summary>
    /// <param name="architecture">The model.</param>
    public static IReadOnlyList<string> Of(ModelArchitecture architecture)
    {
        List<IGrouping<int, string>> blocks = [.. architecture.DefaultEditedLayers.GroupBy(architecture.StageOf).OrderBy(g => g.Key)];
        IGrouping<int, string> block = blocks[Math.Max(0, blocks.Count - 2)];
        List<string> outputs = [.. block.Where(layer => architecture.Linear(layer).Out == architecture.Width)];
        return outputs.Count > 0 ? outputs : [.. block];
    }

    /// <summary>
    /// For the joint method: output matrices of MLPs. Where edits shift at their subjects, those from an eighth of the depth on, over three tenths of
    /// it: there the model still looks up what it knows of a subject (Meng et al., 2022, section 2), so an edit's keys are the subject's own and hardly
    /// another edit's; and a shift that several layers share disturbs other answers less than the same shift in one. Where they shift at their
    /// answers, the last half of the depth, at most nine layers of it. Where the MLP is a mixture of experts, the output matrix of the
    /// attention takes its place, which every token passes.
    /// </summary>
    /// <param name="architecture">The model.</param>
    /// <param name="rows">Where edits shift.</param>
    public static IReadOnlyList<string> Joint(ModelArchitecture architecture, JointRows rows = JointRows.Subject)
    {
        List<string> outputs = [.. architecture.Stages.Where(s => s.Kind == StageKind.Block).Select(Output).OfType<string>()];
        if (rows == JointRows.Answer)
        {
            return [.. outputs.TakeLast(Math.Min(MostAtAnswers, (outputs.Count + 1) / 2))];
        }

        int first = (outputs.Count + 2) / 8;
        int count = Math.Max(1, (3 * outputs.Count) / 10);
        return [.. outputs.Skip(Math.Min(first, outputs.Count - count)).Take(count)];

        string? Output(StageSpec block) => block.Parameters
            .Where(p => p.IsLinear && p.Out == architecture.Width && !p.Name.Contains("expert", StringComparison.Ordinal))
            .OrderBy(p => p.In).ThenBy(p => p.Name.Contains("attn", StringComparison.Ordinal) || p.Name.Contains("attention", StringComparison.Ordinal) ? 0 : 1)
            .LastOrDefault()?.Name; // The last of equals: where queries are as wide as the model, the attention's output follows them.
    }
}
