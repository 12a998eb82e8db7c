namespace Mend.Tensors;

/// <summary>Matrix products.</summary>
internal static partial class OperandChecks
{
    /// <summary>Rows are as long as the weight wants them, and the bias as the outputs.</summary>
    public static void Linear(Tensor x, Weight w, Tensor? bias)
    {
        Features(nameof(Linear), x, w, w.In, "inputs");
        if (bias is not null)
        {
            Vector(nameof(Linear), nameof(bias), bias, w.Out);
        }
    }

    /// <summary>Rows are as long as the weight's outputs.</summary>
    public static void LinearInputGradient(Tensor dy, Weight w) => Features(nameof(LinearInputGradient), dy, w, w.Out, "outputs");

    /// <summary>A low-rank term fits a weight.</summary>
    public static void Fold(Weight w, LowRankTerm term)
    {
        if (term.U.Shape.Last != w.In || term.Delta.Shape.Last != w.Out || term.U.Shape.Rows != term.Delta.Shape.Rows)
        {
            throw new ShapeException($"Fold: a term has U {term.U.Shape} and Delta {term.Delta.Shape}; weight '{w.Name}' wants [rank, {w.In}] and [rank, {w.Out}].");
        }
    }

    /// <summary>Two stacks of matrices fit.</summary>
    /// <returns>How many there are, and the extents of op(A) [m, k] and op(B) [k, n].</returns>
    public static (int Batch, int M, int K, int N) MatMul(Shape a, Shape b, bool transposeA, bool transposeB)
    {
        if (a.Rank < 2 || b.Rank != a.Rank || !a.Extents[..^2].SequenceEqual(b.Extents[..^2]))
        {
            throw new ShapeException($"MatMul: {a} and {b} do not fit; both need the same leading axes and two more.");
        }

        int m = transposeA ? a[^1] : a[^2];
        int k = transposeA ? a[^2] : a[^1];
        int n = transposeB ? b[^2] : b[^1];
        int rows = transposeB ? b[^1] : b[^2];
        if (rows != k)
        {
            throw new ShapeException($"MatMul: {a}{(transposeA ? " transposed" : string.Empty)} has {k} columns and {b}{(transposeB ? " transposed" : string.Empty)} has {rows} rows; they must be equal.");
        }

        long batch = 1;
        foreach (int extent in a.Extents[..^2])
        {
            batch *= extent;
        }

        return (checked((int)batch), m, k, n);
    }

    private static void Features(string operation, Tensor x, Weight w, int wanted, string what)
    {
        if (x.Shape.Last != wanted)
        {
            throw new ShapeException($"{operation}: rows of {x.Shape} have {x.Shape.Last} elements; weight '{w.Name}' has {wanted} {what} ({w.Stored} as {w.Layout}).");
        }
    }
}
