using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Mend.Editing;

/// <summary>
/// C -= A Bᵀ in float64 for matrices that are stored by rows. Each entry is summed in four lanes, whatever the machine's vectors are, and in
/// one order wherever it stands in a tile, so that equal input gives equal bits.
/// </summary>
internal static class DotProducts
{
    private const int TileA = 4;
    private const int TileB = 3;

    /// <summary>Subtracts the products.</summary>
    /// <param name="a">A, rows of <paramref name="strideA"/> values of which the first <paramref name="width"/> count.</param>
    /// <param name="strideA">Values from one row of A to the next.</param>
    /// <param name="rowsA">Rows of A.</param>
    /// <param name="b">B, likewise.</param>
    /// <param name="strideB">Values from one row of B to the next.</param>
    /// <param name="rowsB">Rows of B.</param>
    /// <param name="width">Columns of A and B.</param>
    /// <param name="c">C, [rowsA, rowsB].</param>
    /// <param name="strideC">Values from one row of C to the next.</param>
    public static void Subtract(
        ReadOnlySpan<double> a, int strideA, int rowsA, ReadOnlySpan<double> b, int strideB, int rowsB, int width, Span<double> c, int strideC)
    {
        if (rowsA == 0 || rowsB == 0 || width == 0)
        {
            return;
        }

        // Said once, so that nothing below reads outside.
        _ = a[((rowsA - 1) * strideA) + width - 1];
        _ = b[((rowsB - 1) * strideB) + width - 1];
        _ = c[((rowsA - 1) * strideC) + rowsB - 1];
        int j = 0;
        for (; j + TileB <= rowsB; j += TileB)
        {
            int i = 0;
            for (; i + TileA <= rowsA; i += TileA)
            {
                Tile(ref At(a, i * strideA), strideA, ref At(b, j * strideB), strideB, width, ref At(c, (i * strideC) + j), strideC);
            }

            for (; i < rowsA; i++)
            {
                for (int k = j; k < j + TileB; k++)
                {
                    c[(i * strideC) + k] -= One(ref At(a, i * strideA), ref At(b, k * strideB), width);
                }
            }
        }

        for (; j < rowsB; j++)
        {
            for (int i = 0; i < rowsA; i++)
            {
                c[(i * strideC) + j] -= One(ref At(a, i * strideA), ref At(b, j * strideB), width);
            }
        }
    }

    private static ref double At(ReadOnlySpan<double> values, int index) => ref Unsafe.Add(ref MemoryMarshal.GetReference(values), index);

    private static void Tile(ref double a, int strideA, ref double b, int strideB, int width, ref double c, int strideC)
    {
        ref double a1 = ref Unsafe.Add(ref a, strideA), a2 = ref Unsafe.Add(ref a1, strideA), a3 = ref Unsafe.Add(ref a2, strideA);
        ref double b1 = ref Unsafe.Add(ref b, strideB), b2 = ref Unsafe.Add(ref b1, strideB);
        Vector256<double> s00 = default, s01 = default, s02 = default, s10 = default, s11 = default, s12 = default;
        Vector256<double> s20 = default, s21 = default, s22 = default, s30 = default, s31 = default, s32 = default;
        int k = 0;
        for (; k + 4 <= width; k += 4)
        {
            Vector256<double> y0 = Vector256.LoadUnsafe(ref b, (nuint)k), y1 = Vector256.LoadUnsafe(ref b1, (nuint)k), y2 = Vector256.LoadUnsafe(ref b2, (nuint)k);
            Vector256<double> x = Vector256.LoadUnsafe(ref a, (nuint)k);
            (s00, s01, s02) = (Vector256.FusedMultiplyAdd(x, y0, s00), Vector256.FusedMultiplyAdd(x, y1, s01), Vector256.FusedMultiplyAdd(x, y2, s02));
            x = Vector256.LoadUnsafe(ref a1, (nuint)k);
            (s10, s11, s12) = (Vector256.FusedMultiplyAdd(x, y0, s10), Vector256.FusedMultiplyAdd(x, y1, s11), Vector256.FusedMultiplyAdd(x, y2, s12));
            x = Vector256.LoadUnsafe(ref a2, (nuint)k);
            (s20, s21, s22) = (Vector256.FusedMultiplyAdd(x, y0, s20), Vector256.FusedMultiplyAdd(x, y1, s21), Vector256.FusedMultiplyAdd(x, y2, s22));
            x = Vector256.LoadUnsafe(ref a3, (nuint)k);
            (s30, s31, s32) = (Vector256.FusedMultiplyAdd(x, y0, s30), Vector256.FusedMultiplyAdd(x, y1, s31), Vector256.FusedMultiplyAdd(x, y2, s32));
        }

        ref double c1 = ref Unsafe.Add(ref c, strideC), c2 = ref Unsafe.Add(ref c1, strideC), c3 = ref Unsafe.Add(ref c2, strideC);
        c -= Sum(s00, ref a, ref b, k, width);
        Unsafe.Add(ref c, 1) -= Sum(s01, ref a, ref b1, k, width);
        Unsafe.Add(ref c, 2) -= Sum(s02, ref a, ref b2, k, width);
        c1 -= Sum(s10, ref a1, ref b, k, width);
        Unsafe.Add(ref c1, 1) -= Sum(s11, ref a1, ref b1, k, width);
        Unsafe.Add(ref c1, 2) -= Sum(s12, ref a1, ref b2, k, width);
        c2 -= Sum(s20, ref a2, ref b, k, width);
        Unsafe.Add(ref c2, 1) -= Sum(s21, ref a2, ref b1, k, width);
        Unsafe.Add(ref c2, 2) -= Sum(s22, ref a2, ref b2, k, width);
        c3 -= Sum(s30, ref a3, ref b, k, width);
        Unsafe.Add(ref c3, 1) -= Sum(s31, ref a3, ref b1, k, width);
        Unsafe.Add(ref c3, 2) -= Sum(s32, ref a3, ref b2, k, width);
    }

    private static double One(ref double a, ref double b, int width)
    {
        Vector256<double> lanes = default;
        int k = 0;
        for (; k + 4 <= width; k += 4)
        {
            lanes = Vector256.FusedMultiplyAdd(Vector256.LoadUnsafe(ref a, (nuint)k), Vector256.LoadUnsafe(ref b, (nuint)k), lanes);
        }

        return Sum(lanes, ref a, ref b, k, width);
    }

    /// <summary>The lanes in their order, then what is left over.</summary>
    private static double Sum(Vector256<double> lanes, ref double a, ref double b, int from, int width)
    {
        double sum = lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
        for (int k = from; k < width; k++)
        {
            sum = Math.FusedMultiplyAdd(Unsafe.Add(ref a, k), Unsafe.Add(ref b, k), sum);
        }

        return sum;
    }
}
