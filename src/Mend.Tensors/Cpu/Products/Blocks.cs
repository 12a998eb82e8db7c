using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Products;

/// <summary>Computes a block of the result of a product on one thread.</summary>
internal static unsafe class Blocks<V>
    where V : unmanaged, ILanes<V>
{
    /// <summary>Rows of A packed at a time: with a block of B they fit the second-level cache. A multiple of every tile.</summary>
    private const int RowsAtATime = 144;

    /// <summary>Floats of scratch memory that a block needs.</summary>
    public static long Scratch(in Product p, int rows, int columns)
    {
        if (p.IsStreamed)
        {
            return Streams<V>.Scratch(p, rows, columns);
        }

        int k = p.K;
        int depth = Math.Min(k, Product.Depth);
        return ScratchA(rows) + (PanelCount(columns) * Panels<V>.PanelStride(depth)) + Panels<V>.RowsOfB(p, columns) + EdgeFloats;
    }

    /// <summary>Computes C[row..row + rows, column..column + columns].</summary>
    /// <param name="p">The product.</param>
    /// <param name="row">First row.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="column">First column.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="scratch">As many floats as <see cref="Scratch"/> says, 64-byte aligned.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in Product p, int row, int rows, int column, int columns, float* scratch)
    {
        if (p.IsStreamed)
        {
            Streams<V>.Run(p, row, rows, column, columns, Prepare(p, row, rows, column, columns), scratch);
            return;
        }

        float* edge = scratch;
        float* packedA = edge + EdgeFloats;
        float* rowsB = packedA + ScratchA(rows);
        float* packedB = rowsB + Panels<V>.RowsOfB(p, columns);
        bool add = Prepare(p, row, rows, column, columns);
        for (int k = 0; k < p.K; k += Product.Depth)
        {
            int depth = Math.Min(Product.Depth, p.K - k);
            float* c = p.C + (row * p.StrideC) + column;
            if (p.TransposeB && rows <= RowsAtATime)
            {
                // B is read column by column: each panel is used while it is in the first-level cache.
                Panels<V>.PackA(p, row, rows, k, depth, packedA);
                for (int start = 0; start < columns; start += Tiles<V>.Columns)
                {
                    int some = Math.Min(Tiles<V>.Columns, columns - start);
                    Panels<V>.PackB(p, column + start, some, k, depth, packedB, rowsB);
                    RunTiles(packedA, rows, packedB, some, depth, c + start, p.StrideC, add, edge);
                }

                add = true;
                continue;
            }

            Panels<V>.PackB(p, column, columns, k, depth, packedB, rowsB);
            for (int r = 0; r < rows; r += RowsAtATime)
            {
                int some = Math.Min(RowsAtATime, rows - r);
                Panels<V>.PackA(p, row + r, some, k, depth, packedA);
                RunTiles(packedA, some, packedB, columns, depth, c + (r * p.StrideC), p.StrideC, add, edge);
            }

            add = true;
        }
    }

    /// <summary>Room for one tile that reaches over the block's edge.</summary>
    private static long EdgeFloats => 12L * Tiles<V>.Columns;

    private static long ScratchA(int rows) => Panels<V>.RoomA(Math.Min(rows, RowsAtATime)) * (long)Panels<V>.StrideA;

    private static long PanelCount(int columns) => (columns + Tiles<V>.Columns - 1) / Tiles<V>.Columns;

    /// <summary>Fills the block with what the product is added to; false if the first chunk is to overwrite it.</summary>
    private static bool Prepare(in Product p, int row, int rows, int column, int columns)
    {
        if (p.Accumulate || (p.Bias is null && p.K > 0))
        {
            return p.Accumulate;
        }

        for (int r = row; r < row + rows; r++)
        {
            Span<float> c = new(p.C + (r * p.StrideC) + column, columns);
            if (p.Bias is null)
            {
                c.Clear();
            }
            else
            {
                new ReadOnlySpan<float>(p.Bias + column, columns).CopyTo(c);
            }
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunTiles(float* a, int rows, float* b, int columns, int depth, float* c, long strideC, bool add, float* edge)
    {
        int width = Tiles<V>.Columns;
        long panelStride = Panels<V>.PanelStride(depth);
        for (int column = 0; column < columns; column += width, b += panelStride)
        {
            int present = Math.Min(width, columns - column);
            for (int r = 0; r < rows;)
            {
                int tile = Tiles<V>.RowsFor(rows - r);
                float* tileA = a + ((long)r * Panels<V>.StrideA);
                float* tileC = c + (r * strideC) + column;
                int presentRows = Math.Min(tile, rows - r);
                if (present == width && presentRows == tile)
                {
                    Tiles<V>.Run(tile, tileA, b, depth, tileC, strideC, add);
                }
                else
                {
                    Tiles<V>.Run(tile, tileA, b, depth, edge, width, false);
                    PutEdge(edge, presentRows, present, tileC, strideC, add);
                }

                r += tile;
            }
        }
    }

    private static void PutEdge(float* edge, int rows, int columns, float* c, long strideC, bool add)
    {
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < columns; i++)
            {
                float v = edge[(r * Tiles<V>.Columns) + i];
                c[(r * strideC) + i] = add ? c[(r * strideC) + i] + v : v;
            }
        }
    }
}
