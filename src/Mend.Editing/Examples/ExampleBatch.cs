using Mend.Models;
using Mend.Models.Execution;

namespace Mend.Editing;

/// <summary>Examples padded into one batch, and the rows of its output at which their answers are predicted.</summary>
public sealed class ExampleBatch
{
    /// <summary>Pads examples.</summary>
    /// <param name="examples">At least one.</param>
    /// <param name="architecture">The model.</param>
    /// <param name="padding">What to fill with.</param>
    /// <param name="like">A batch whose lengths this one has at least; null for no such batch.</param>
    public ExampleBatch(IReadOnlyList<EncodedExample> examples, ModelArchitecture architecture, int padding, ModelBatch? like = null)
    {
        Examples = examples;
        (int[] ids, int[]? mask) = ModelBatch.PadRows([.. examples.Select(e => e.InputIds)], padding, like?.Length ?? 0);
        Inputs = new ModelBatch(examples.Count, ids, mask)
        {
            DecoderIds = examples[0].DecoderIds is null ? null : ModelBatch.PadRows([.. examples.Select(e => e.DecoderIds!)], padding, like?.DecoderLength ?? 0).Ids,
        };
        OneRowEach = architecture.Task == ModelTask.Classification;
    }

    /// <summary>The examples, in order.</summary>
    public IReadOnlyList<EncodedExample> Examples { get; }

    /// <summary>The padded batch.</summary>
    public ModelBatch Inputs { get; }

    private bool OneRowEach { get; }

    /// <summary>Rows of the output, seen as a matrix, at which an example's answer is predicted.</summary>
    /// <param name="example">Its index.</param>
    public IEnumerable<int> Rows(int example)
    {
        int width = OneRowEach ? 1 : Inputs.OutputLength;
        return Examples[example].TargetRows.Select(row => (example * width) + row);
    }

    /// <summary>The likelihood of all answers, each example's mean weighing the same or as given.</summary>
    /// <param name="weight">Weight of an example; null means 1.</param>
    public Objective Likelihood(Func<int, float>? weight = null) => new()
    {
        LikelihoodRows = [.. Enumerable.Range(0, Examples.Count).SelectMany(Rows)],
        LikelihoodTokens = [.. Examples.SelectMany(e => e.TargetTokens)],
        LikelihoodWeights = [.. Enumerable.Range(0, Examples.Count).SelectMany(i =>
            Examples[i].TargetTokens.Select(_ => (weight?.Invoke(i) ?? 1f) / Examples[i].TargetTokens.Length))],
    };

    /// <summary>Splits values per likelihood row into values per example.</summary>
    /// <typeparam name="T">Kind of value.</typeparam>
    /// <param name="rows">One value per likelihood row, as <see cref="Likelihood"/> orders them.</param>
    public IReadOnlyList<ArraySegment<T>> PerExample<T>(T[] rows)
    {
        List<ArraySegment<T>> result = [];
        int at = 0;
        foreach (EncodedExample example in Examples)
        {
            result.Add(new ArraySegment<T>(rows, at, example.TargetTokens.Length));
            at += example.TargetTokens.Length;
        }

        return result;
    }
}
