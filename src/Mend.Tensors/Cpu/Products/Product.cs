namespace Mend.Tensors.Cpu.Products;

/// <summary>
/// A matrix product C [m, n] = op(A) [m, k] · op(B) [k, n], in raw memory. A and C are float32, B of any weight type.
/// </summary>
/// <remarks>
/// Every element of C is the sum over k in chunks of <see cref="Depth"/>: each chunk is one chain of fused multiply-adds
/// in ascending k, started at 0, and the chunks are added in order. Nothing else enters, so a row of C has the same bits
/// whatever the number of rows, threads or blocks.
/// </remarks>
internal readonly unsafe struct Product
{
    /// <summary>Length of a chunk of k: a panel of B of this depth stays in the first-level cache.</summary>
    public const int Depth = 256;

    /// <summary>
    /// Most rows for which B, stored [k, n], is streamed instead of packed: packing pays only when it serves many rows.
    /// </summary>
    public const int StreamedRows = 6;

    /// <summary>Whether the product streams B.</summary>
    public bool IsStreamed => !TransposeB && M <= StreamedRows;

    /// <summary>
    /// Columns of a block of the result are a multiple of this: where B's rows lie along them, a quantised block is never divided.
    /// </summary>
    public int ColumnStep => TransposeB ? 1 : TypeB.BlockLength();

    /// <summary>A's first element.</summary>
    public required float* A { get; init; }

    /// <summary>Elements between A's stored rows.</summary>
    public required long StrideA { get; init; }

    /// <summary>Whether A is stored [k, m].</summary>
    public required bool TransposeA { get; init; }

    /// <summary>B's first element.</summary>
    public required void* B { get; init; }

    /// <summary>B's element type.</summary>
    public required DType TypeB { get; init; }

    /// <summary>Elements between B's stored rows.</summary>
    public required long StrideB { get; init; }

    /// <summary>Whether B is stored [n, k].</summary>
    public required bool TransposeB { get; init; }

    /// <summary>C's first element; overlaps neither A nor B.</summary>
    public required float* C { get; init; }

    /// <summary>Elements between C's rows.</summary>
    public required long StrideC { get; init; }

    /// <summary>Rows of C.</summary>
    public required int M { get; init; }

    /// <summary>Columns of C.</summary>
    public required int N { get; init; }

    /// <summary>Terms of each sum.</summary>
    public required int K { get; init; }

    /// <summary>Added to each row of C, [n]; null for none.</summary>
    public float* Bias { get; init; }

    /// <summary>Whether the product is added to what C holds.</summary>
    public bool Accumulate { get; init; }
}
