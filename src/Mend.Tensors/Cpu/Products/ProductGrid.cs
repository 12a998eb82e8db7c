namespace Mend.Tensors.Cpu.Products;

/// <summary>How a product is cut into blocks that threads take one by one. Results do not depend on it.</summary>
internal readonly struct ProductGrid
{
    private const int WideColumns = 256;
    private const int NarrowColumns = 128;
    private const int StreamedColumns = 2048;
    private const int FewestRows = 48;

    /// <summary>Cuts a product for a number of threads.</summary>
    /// <param name="m">Rows of the result.</param>
    /// <param name="n">Columns of the result.</param>
    /// <param name="pieces">How many blocks are wanted at least, so that all threads have work.</param>
    /// <param name="streamed">Whether B is streamed: then runs of it should be wide.</param>
    /// <param name="step">Columns of a block are a multiple of this; a power of two, at most 256.</param>
    public ProductGrid(int m, int n, int pieces, bool streamed = false, int step = 1)
    {
        int narrow = Math.Max(NarrowColumns, step);
        if (streamed)
        {
            int share = ((n + pieces - 1) / pieces + narrow - 1) / narrow * narrow;
            Columns = Math.Clamp(share, narrow, StreamedColumns);
            ColumnBlocks = (n + Columns - 1) / Columns;
            Rows = m;
            RowBlocks = 1;
            return;
        }

        // Columns first: a block packs its part of B once, and B is the large operand. Rows only if that is not enough.
        Columns = (n + WideColumns - 1) / WideColumns >= pieces ? WideColumns : narrow;
        ColumnBlocks = (n + Columns - 1) / Columns;
        int rowBlocks = Math.Clamp((pieces + ColumnBlocks - 1) / Math.Max(1, ColumnBlocks), 1, Math.Max(1, m / FewestRows));
        Rows = (m + rowBlocks - 1) / rowBlocks;
        Rows = Math.Max(1, (Rows + 11) / 12 * 12);
        RowBlocks = (m + Rows - 1) / Rows;
    }

    /// <summary>Columns of a block.</summary>
    public int Columns { get; }

    /// <summary>Rows of a block.</summary>
    public int Rows { get; }

    /// <summary>Blocks side by side.</summary>
    public int ColumnBlocks { get; }

    /// <summary>Blocks below each other.</summary>
    public int RowBlocks { get; }

    /// <summary>Number of blocks.</summary>
    public int Count => RowBlocks * ColumnBlocks;
}
