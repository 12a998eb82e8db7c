using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Mend.Tensors.Cpu.Kernels;
using Mend.Tensors.Cpu.Lanes;
using Mend.Tensors.Cpu.Quantized;

namespace Mend.Tensors.Cpu.Products;

/// <summary>
/// Copies parts of the operands of a product into the order in which the tiles read them, as float32.
/// </summary>
/// <remarks>
/// A part of A is [rows, depth] with a fixed stride between rows, so that a tile reaches all its rows from one pointer.
/// A part of B is a sequence of panels [depth, <see cref="Tiles{V}.Columns"/>], the last padded with zeros.
/// </remarks>
internal static unsafe class Panels<V>
    where V : unmanaged, ILanes<V>
{
    /// <summary>How many rows of B ahead memory is asked for.</summary>
    private const int RowsAhead = 8;

    /// <summary>Floats between rows of a packed part of A. Not a power of two, or the rows would share cache sets.</summary>
    public const int StrideA = Product.Depth + 16;

    /// <summary>Rows of a packed part of A that has room for <paramref name="rows"/>: blocks are transposed whole.</summary>
    public static int RoomA(int rows)
    {
        int multiple = Math.Max(V.Count, Tiles<V>.SmallRows);
        return (rows + multiple - 1) / multiple * multiple;
    }

    /// <summary>Floats between panels of B of a given depth; off the power of two for the same reason.</summary>
    public static long PanelStride(int depth) => ((long)depth * Tiles<V>.Columns) + 16;

    /// <summary>Packs A[row.., k..] and clears rows up to a whole number of <see cref="Tiles{V}.SmallRows"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackA(in Product p, int row, int rows, int k, int depth, float* packed)
    {
        if (p.TransposeA)
        {
            PackColumns((F32*)p.A + (k * p.StrideA) + row, p.StrideA, rows, depth, packed);
        }
        else
        {
            float* source = p.A + (row * p.StrideA) + k;
            for (int r = 0; r < rows; r++)
            {
                Unsafe.CopyBlockUnaligned(packed + ((long)r * StrideA), source + (r * p.StrideA), (uint)depth * sizeof(float));
            }
        }

        for (int r = rows; r % Tiles<V>.SmallRows != 0; r++)
        {
            NativeMemory.Clear(packed + ((long)r * StrideA), (nuint)depth * sizeof(float));
        }
    }

    /// <summary>Floats of scratch memory that packing a quantised B needs: the rows of one panel, or a row of the block.</summary>
    public static long RowsOfB(in Product p, int columns) =>
        !p.TypeB.IsQuantized() ? 0 : p.TransposeB ? (long)Tiles<V>.Columns * StrideA : columns;

    /// <summary>Packs B[k.., column..] into panels.</summary>
    /// <param name="p">The product.</param>
    /// <param name="column">First column.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="k">First row.</param>
    /// <param name="depth">Number of rows.</param>
    /// <param name="packed">Receives the panels.</param>
    /// <param name="rows">As many floats of scratch memory as <see cref="RowsOfB"/> says.</param>
    public static void PackB(in Product p, int column, int columns, int k, int depth, float* packed, float* rows)
    {
        switch (p.TypeB)
        {
            case DType.F32: PackB((F32*)p.B, p, column, columns, k, depth, packed); break;
            case DType.BF16: PackB((BF16*)p.B, p, column, columns, k, depth, packed); break;
            case DType.F16: PackB((F16*)p.B, p, column, columns, k, depth, packed); break;
            default: PackBlocks(p, column, columns, k, depth, packed, rows); break;
        }
    }

    /// <summary>
    /// B quantised: its rows become floats, as many as a panel holds or one at a time, and those are packed. Columns and chunks
    /// of k begin where blocks do: <see cref="Product.ColumnStep"/>.
    /// </summary>
    private static void PackBlocks(in Product p, int column, int columns, int k, int depth, float* packed, float* rows)
    {
        int width = Tiles<V>.Columns;
        long stride = p.TypeB.BytesOf(p.StrideB);
        if (!p.TransposeB)
        {
            byte* row = (byte*)p.B + (k * stride) + p.TypeB.BytesOf(column);
            for (int i = 0; i < depth; i++, row += stride)
            {
                Prefetch.Run(row + (RowsAhead * stride), p.TypeB.BytesOf(columns));
                Dequantizer<V>.Run(p.TypeB, row, rows, columns);
                PackStoredRow((F32*)rows, columns, packed + ((long)i * width), PanelStride(depth));
            }

            return;
        }

        byte* first = (byte*)p.B + (column * stride) + p.TypeB.BytesOf(k);
        for (int start = 0; start < columns; start += width, packed += PanelStride(depth))
        {
            int some = Math.Min(width, columns - start);
            for (int r = 0; r < some; r++, first += stride)
            {
                Prefetch.Run(first + (RowsAhead * stride), p.TypeB.BytesOf(depth));
                Dequantizer<V>.Run(p.TypeB, first, rows + ((long)r * StrideA), depth);
            }

            PackStoredColumns((F32*)rows, StrideA, some, depth, packed);
        }
    }

    private static void PackB<TElement>(TElement* b, in Product p, int column, int columns, int k, int depth, float* packed)
        where TElement : unmanaged, IElement<TElement>
    {
        if (p.TransposeB)
        {
            PackStoredColumns(b + (column * p.StrideB) + k, p.StrideB, columns, depth, packed);
        }
        else
        {
            PackStoredRows(b + (k * p.StrideB) + column, p.StrideB, columns, depth, packed);
        }
    }

    /// <summary>B stored [k, n]: rows are read through, each panel gets its columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackStoredRows<TElement>(TElement* b, long stride, int columns, int depth, float* packed)
        where TElement : unmanaged, IElement<TElement>
    {
        for (int k = 0; k < depth; k++)
        {
            TElement* row = b + (k * stride);
            Prefetch.Run(row + (RowsAhead * stride), columns * sizeof(TElement));
            PackStoredRow(row, columns, packed + (k * Tiles<V>.Columns), PanelStride(depth));
        }
    }

    /// <summary>One row: each panel gets its columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackStoredRow<TElement>(TElement* row, int columns, float* to, long panelStride)
        where TElement : unmanaged, IElement<TElement>
    {
        int width = Tiles<V>.Columns;
        int whole = columns / width;
        for (int panel = 0; panel < whole; panel++)
        {
            V.Store(TElement.Load<V>(row), to);
            V.Store(TElement.Load<V>(row + V.Count), to + V.Count);
            row += width;
            to += panelStride;
        }

        int rest = columns - (whole * width);
        if (rest > 0)
        {
            PackRest(row, rest, to);
        }
    }

    /// <summary>The last, partly filled piece of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PackRest<TElement>(TElement* row, int rest, float* to)
        where TElement : unmanaged, IElement<TElement>
    {
        V.Store(V.Zero, to);
        V.Store(V.Zero, to + V.Count);
        int i = 0;
        if (rest >= V.Count)
        {
            V.Store(TElement.Load<V>(row), to);
            i = V.Count;
        }

        for (; i < rest; i++)
        {
            to[i] = TElement.ToFloat(row[i]);
        }
    }

    /// <summary>B stored [n, k]: square blocks are transposed in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackStoredColumns<TElement>(TElement* b, long stride, int columns, int depth, float* packed)
        where TElement : unmanaged, IElement<TElement>
    {
        int width = Tiles<V>.Columns;
        long panelStride = PanelStride(depth);
        int wholeDepth = depth - (depth % V.Count);
        bool pairs = sizeof(TElement) == sizeof(ushort) && stride % 2 == 0;
        for (int column = 0; column < columns; column += V.Count)
        {
            TElement* from = b + (column * stride);
            float* to = packed + (column / width * panelStride) + (column % width);
            int present = Math.Min(V.Count, columns - column);
            int k = pairs && present == V.Count ? TransposePairs(from, stride, depth, to, width) : 0;
            for (; k < wholeDepth; k += V.Count)
            {
                if (k < V.Count * V.Count)
                {
                    Prefetch.Run(from + ((V.Count + (k / V.Count)) * stride), depth * sizeof(TElement));
                }

                if (present == V.Count)
                {
                    V.Transpose<TElement>(from + k, stride, to + ((long)k * width), width);
                }
                else
                {
                    TransposePart(from + k, stride, present, to + ((long)k * width), width);
                }
            }

            for (; k < depth; k++)
            {
                for (int c = 0; c < V.Count; c++)
                {
                    to[((long)k * width) + c] = c < present ? TElement.ToFloat(from[(c * stride) + k]) : 0f;
                }
            }
        }

        // The second half of the last panel, where no column fell into it.
        if ((columns + V.Count - 1) / V.Count % 2 != 0)
        {
            float* to = packed + (columns / width * panelStride) + V.Count;
            for (int k = 0; k < depth; k++)
            {
                V.Store(V.Zero, to + ((long)k * width));
            }
        }
    }

    /// <summary>
    /// Transposes rows of 16-bit elements as pairs, which takes half the shuffles and every cache line once. Large
    /// strides put all rows into the same cache sets, so a line seldom stays for a second visit.
    /// </summary>
    /// <returns>How many elements of each row are done; a multiple of two registers.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int TransposePairs<TElement>(TElement* b, long stride, int depth, float* to, int width)
        where TElement : unmanaged, IElement<TElement>
    {
        float* block = stackalloc float[V.Count * V.Count];
        int step = 2 * V.Count;
        int k = 0;
        for (; k <= depth - step; k += step)
        {
            // Memory of the next rows, a few of them with each step.
            for (int r = k / 16; r < (k + step) / 16 && r < V.Count; r++)
            {
                Prefetch.Run(b + ((V.Count + r) * stride), depth * sizeof(TElement));
            }

            V.Transpose<F32>(b + k, stride / 2, block, V.Count);
            for (int pair = 0; pair < V.Count; pair++)
            {
                TElement.Split(V.Load(block + (pair * V.Count)), out V first, out V second);
                V.Store(first, to + ((long)(k + (2 * pair)) * width));
                V.Store(second, to + ((long)(k + (2 * pair) + 1) * width));
            }
        }

        return k;
    }

    /// <summary>Transposes a square block of which only the first rows are there; the rest counts as zeros.</summary>
    private static void TransposePart<TElement>(TElement* b, long stride, int rows, float* to, int width)
        where TElement : unmanaged, IElement<TElement>
    {
        float* block = stackalloc float[V.Count * V.Count];
        for (int r = 0; r < V.Count; r++)
        {
            V.Store(r < rows ? TElement.Load<V>(b + (r * stride)) : V.Zero, block + (r * V.Count));
        }

        V.Transpose<F32>(block, V.Count, to, width);
    }

    /// <summary>A stored [k, m].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void PackColumns(F32* a, long stride, int rows, int depth, float* packed)
    {
        int wholeRows = rows - (rows % V.Count);
        int wholeDepth = depth - (depth % V.Count);
        for (int k = 0; k < wholeDepth; k += V.Count)
        {
            for (int r = 0; r < wholeRows; r += V.Count)
            {
                V.Transpose<F32>(a + (k * stride) + r, stride, packed + ((long)r * StrideA) + k, StrideA);
            }

            if (wholeRows < rows)
            {
                TransposeNarrow((float*)a + (k * stride) + wholeRows, stride, rows - wholeRows, packed + ((long)wholeRows * StrideA) + k);
            }
        }

        for (int k = wholeDepth; k < depth; k++)
        {
            for (int r = 0; r < rows; r++)
            {
                packed[((long)r * StrideA) + k] = F32.ToFloat(a[(k * stride) + r]);
            }
        }
    }

    /// <summary>Transposes a square block of which only the first columns are there; the rest counts as zeros.</summary>
    private static void TransposeNarrow(float* a, long stride, int columns, float* packed)
    {
        float* block = stackalloc float[V.Count * V.Count];
        for (int k = 0; k < V.Count; k++)
        {
            V.Store(MapLoop<V>.LoadPart(a + (k * stride), columns), block + (k * V.Count));
        }

        V.Transpose<F32>(block, V.Count, packed, StrideA);
    }
}
