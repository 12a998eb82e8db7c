using Mend.Tensors;

namespace Mend.Models.Execution;

/// <summary>Some rows of a batch.</summary>
/// <param name="Batch">Number of texts in the batch.</param>
/// <param name="Length">Length of each.</param>
/// <param name="Rows">Numbers of rows of the batch seen as a matrix [batch · length, …], ascending.</param>
public readonly record struct BatchRows(int Batch, int Length, int[] Rows)
{
    /// <summary>The rows that hold tokens of this pass; the others are padding.</summary>
    /// <param name="batch">The batch.</param>
    public static BatchRows Tokens(ModelBatch batch)
    {
        (int size, int length) = (batch.Size, batch.Length);
        int[]? mask = batch.Mask;
        if (mask is null)
        {
            return new BatchRows(size, length, [.. Enumerable.Range(0, size * length)]);
        }

        return new BatchRows(size, length, [.. Enumerable.Range(0, size * length).Where(i => mask[i] != 0)]);
    }

    /// <summary>The whole batch, with zeros in place of the other rows.</summary>
    /// <param name="tape">The tape.</param>
    /// <param name="x">[rows, n].</param>
    /// <returns>[batch, length, n].</returns>
    public Value Spread(Tape tape, Value x) => tape.Reshape(tape.ScatterRows(x, Rows, Batch * Length), [Batch, Length, x.Shape.Last]);
}
