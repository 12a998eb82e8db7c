using Mend.Models;
using Mend.Models.Execution;

namespace Mend.Editing;

/// <summary>One pass over an edit's prompt that tries the edit at several strengths, one per batch row. Immutable.</summary>
public sealed class StrengthSearch
{
    private static readonly float[] Strengths = EditStrength.Ladder(20, 1.15f);

    private readonly ExampleBatch _batch;

    /// <summary>Prepares the pass.</summary>
    /// <param name="edit">The prompt with the wanted answer.</param>
    /// <param name="architecture">The model.</param>
    /// <param name="padding">What to fill batches with.</param>
    /// <param name="like">The batch of the gradient pass whose kept states this pass starts from; null for one that begins with the tokens.</param>
    public StrengthSearch(EncodedExample edit, ModelArchitecture architecture, int padding, ModelBatch? like = null)
    {
        _batch = new ExampleBatch([.. Strengths.Select(_ => edit)], architecture, padding, like);
        Pass = new Pass { Batch = _batch.Inputs, Objective = _batch.Likelihood(), PreviewScales = Strengths };
    }

    /// <summary>The pass; it lacks the version to read and the edit's factors.</summary>
    public Pass Pass { get; }

    /// <summary>The weakest strength at which the answer's least likely token reaches the confidence; where none does, the one that comes nearest.</summary>
    /// <param name="result">What the pass brought back.</param>
    /// <param name="confidence">The probability to reach.</param>
    public float Choose(PassResult result, float confidence) =>
        EditStrength.Choose(Strengths, [.. _batch.PerExample(result.TokenLogProbabilities)], confidence);
}
