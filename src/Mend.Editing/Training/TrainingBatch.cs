using Mend.Models;
using Mend.Models.Execution;

namespace Mend.Editing;

/// <summary>
/// The outer pass of some training edits: for each edit the same number of sequences, wanted answers first, unrelated
/// prompts after, starting from cached hidden states.
/// </summary>
internal static class TrainingBatch
{
    /// <summary>Builds the pass.</summary>
    /// <param name="architecture">The model.</param>
    /// <param name="chosen">Per edit, its wanted and unrelated sequences of this step; equal counts in every edit.</param>
    /// <param name="options">Weights of the losses.</param>
    /// <param name="editsInStep">Edits over which the step's loss is averaged.</param>
    /// <param name="firstStage">Stage to start from.</param>
    /// <param name="padding">What to fill with.</param>
    public static Pass Build(
        ModelArchitecture architecture,
        IReadOnlyList<(IReadOnlyList<FrozenSequence> Wanted, IReadOnlyList<FrozenSequence> Unrelated)> chosen,
        TrainingOptions options,
        int editsInStep,
        int firstStage,
        int padding)
    {
        List<FrozenSequence> all = [.. chosen.SelectMany(c => c.Wanted.Concat(c.Unrelated))];
        ExampleBatch batch = new([.. all.Select(s => s.Example)], architecture, padding);
        int width = architecture.Task == ModelTask.Classification ? 1 : batch.Inputs.OutputLength;
        List<int> likelyRows = [], tokens = [], heldRows = [];
        List<float> likelyWeights = [], heldWeights = [], reference = [];
        int at = 0;
        foreach ((IReadOnlyList<FrozenSequence> wanted, IReadOnlyList<FrozenSequence> unrelated) in chosen)
        {
            foreach (FrozenSequence s in wanted)
            {
                likelyRows.AddRange(batch.Rows(at++));
                tokens.AddRange(s.Example.TargetTokens);
                float weight = options.EditWeight / editsInStep / wanted.Count / s.Example.TargetTokens.Length;
                likelyWeights.AddRange(Enumerable.Repeat(weight, s.Example.TargetTokens.Length));
            }

            int held = unrelated.Sum(s => s.HeldRows.Length);
            foreach (FrozenSequence s in unrelated)
            {
                int first = at++ * width;
                heldRows.AddRange(s.HeldRows.Select(row => first + row));
                reference.AddRange(s.Reference);
                heldWeights.AddRange(Enumerable.Repeat(options.LocalityWeight / editsInStep / held, s.HeldRows.Length));
            }
        }

        bool inDecoder = all[0].Encoder is not null;
        return new Pass
        {
            Batch = batch.Inputs,
            Objective = new Objective
            {
                LikelihoodRows = [.. likelyRows],
                LikelihoodTokens = [.. tokens],
                LikelihoodWeights = [.. likelyWeights],
                DivergenceRows = [.. heldRows],
                DivergenceWeights = [.. heldWeights],
                Reference = [.. reference],
            },
            GradientFrom = firstStage,
            StartStage = firstStage,
            Start = Join(all.Select(s => s.Hidden), all.Count, inDecoder ? batch.Inputs.OutputLength : batch.Inputs.Length, architecture.Width),
            StartEncoder = inDecoder ? Join(all.Select(s => s.Encoder!), all.Count, batch.Inputs.Length, architecture.Width) : null,
        };
    }

    private static HostTensor Join(IEnumerable<float[]> rows, int count, int length, int width)
    {
        float[] data = new float[count * length * width];
        int at = 0;
        foreach (float[] row in rows)
        {
            row.CopyTo(data, at);
            at += length * width;
        }

        return new HostTensor([count, length, width], data);
    }
}
