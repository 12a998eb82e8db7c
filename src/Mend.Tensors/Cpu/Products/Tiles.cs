using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Products;

/// <summary>
/// The innermost loops of a product: a tile of C, some rows by two registers, held in registers over a chunk of k.
/// Rows of a lie <see cref="Panels{V}.StrideA"/> apart, b is one panel. Each element is one chain of multiply-adds, the
/// same in every tile, so it does not matter which of them computes a row.
/// </summary>
/// <remarks>Written out row by row: the runtime keeps named locals in registers, but not the elements of an array.</remarks>
internal static unsafe class Tiles<V>
    where V : unmanaged, ILanes<V>
{
    private const int S = Panels<V>.StrideA;

    /// <summary>Columns of a tile, and of a panel of B.</summary>
    public static int Columns => 2 * V.Count;

    /// <summary>Rows of the largest tile: what the registers hold, 32 of AVX-512's or 16 of the others'.</summary>
    public static int LargeRows => V.Count >= 16 ? 12 : 6;

    /// <summary>Rows of the middle tile.</summary>
    public const int SmallRows = 4;

    /// <summary>The largest tile that <paramref name="rows"/> rows fill; the small one may reach into cleared rows.</summary>
    public static int RowsFor(int rows) => rows >= LargeRows ? LargeRows : rows == 1 ? 1 : SmallRows;

    /// <summary>Computes a tile of a number of rows that <see cref="RowsFor"/> gave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(int rows, float* a, float* b, int depth, float* c, long strideC, bool add)
    {
        switch (rows)
        {
            case 12: Tile12(a, b, depth, c, strideC, add); break;
            case 6: Tile6(a, b, depth, c, strideC, add); break;
            case 4: Tile4(a, b, depth, c, strideC, add); break;
            default: Tile1(a, b, depth, c, strideC, add); break;
        }
    }

    /// <summary>Twelve rows: 24 sums, 2 registers of B and 1 of A.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile12(float* a, float* b, int depth, float* c, long strideC, bool add)
    {
        V l0 = V.Zero, r0 = V.Zero;
        V l1 = V.Zero, r1 = V.Zero;
        V l2 = V.Zero, r2 = V.Zero;
        V l3 = V.Zero, r3 = V.Zero;
        V l4 = V.Zero, r4 = V.Zero;
        V l5 = V.Zero, r5 = V.Zero;
        V l6 = V.Zero, r6 = V.Zero;
        V l7 = V.Zero, r7 = V.Zero;
        V l8 = V.Zero, r8 = V.Zero;
        V l9 = V.Zero, r9 = V.Zero;
        V l10 = V.Zero, r10 = V.Zero;
        V l11 = V.Zero, r11 = V.Zero;
        for (float* end = b + ((long)depth * 2 * V.Count); b < end; b += 2 * V.Count, a++)
        {
            V left = V.Load(b);
            V right = V.Load(b + V.Count);
            V x = V.Broadcast(a[0]);
            l0 = V.Fma(x, left, l0);
            r0 = V.Fma(x, right, r0);
            x = V.Broadcast(a[S]);
            l1 = V.Fma(x, left, l1);
            r1 = V.Fma(x, right, r1);
            x = V.Broadcast(a[2 * S]);
            l2 = V.Fma(x, left, l2);
            r2 = V.Fma(x, right, r2);
            x = V.Broadcast(a[3 * S]);
            l3 = V.Fma(x, left, l3);
            r3 = V.Fma(x, right, r3);
            x = V.Broadcast(a[4 * S]);
            l4 = V.Fma(x, left, l4);
            r4 = V.Fma(x, right, r4);
            x = V.Broadcast(a[5 * S]);
            l5 = V.Fma(x, left, l5);
            r5 = V.Fma(x, right, r5);
            x = V.Broadcast(a[6 * S]);
            l6 = V.Fma(x, left, l6);
            r6 = V.Fma(x, right, r6);
            x = V.Broadcast(a[7 * S]);
            l7 = V.Fma(x, left, l7);
            r7 = V.Fma(x, right, r7);
            x = V.Broadcast(a[8 * S]);
            l8 = V.Fma(x, left, l8);
            r8 = V.Fma(x, right, r8);
            x = V.Broadcast(a[9 * S]);
            l9 = V.Fma(x, left, l9);
            r9 = V.Fma(x, right, r9);
            x = V.Broadcast(a[10 * S]);
            l10 = V.Fma(x, left, l10);
            r10 = V.Fma(x, right, r10);
            x = V.Broadcast(a[11 * S]);
            l11 = V.Fma(x, left, l11);
            r11 = V.Fma(x, right, r11);
        }

        Put(l0, r0, c, add);
        Put(l1, r1, c + strideC, add);
        Put(l2, r2, c + (2 * strideC), add);
        Put(l3, r3, c + (3 * strideC), add);
        Put(l4, r4, c + (4 * strideC), add);
        Put(l5, r5, c + (5 * strideC), add);
        Put(l6, r6, c + (6 * strideC), add);
        Put(l7, r7, c + (7 * strideC), add);
        Put(l8, r8, c + (8 * strideC), add);
        Put(l9, r9, c + (9 * strideC), add);
        Put(l10, r10, c + (10 * strideC), add);
        Put(l11, r11, c + (11 * strideC), add);
    }

    /// <summary>Six rows: 12 sums, 2 registers of B and 1 of A.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile6(float* a, float* b, int depth, float* c, long strideC, bool add)
    {
        V l0 = V.Zero, r0 = V.Zero;
        V l1 = V.Zero, r1 = V.Zero;
        V l2 = V.Zero, r2 = V.Zero;
        V l3 = V.Zero, r3 = V.Zero;
        V l4 = V.Zero, r4 = V.Zero;
        V l5 = V.Zero, r5 = V.Zero;
        for (float* end = b + ((long)depth * 2 * V.Count); b < end; b += 2 * V.Count, a++)
        {
            V left = V.Load(b);
            V right = V.Load(b + V.Count);
            V x = V.Broadcast(a[0]);
            l0 = V.Fma(x, left, l0);
            r0 = V.Fma(x, right, r0);
            x = V.Broadcast(a[S]);
            l1 = V.Fma(x, left, l1);
            r1 = V.Fma(x, right, r1);
            x = V.Broadcast(a[2 * S]);
            l2 = V.Fma(x, left, l2);
            r2 = V.Fma(x, right, r2);
            x = V.Broadcast(a[3 * S]);
            l3 = V.Fma(x, left, l3);
            r3 = V.Fma(x, right, r3);
            x = V.Broadcast(a[4 * S]);
            l4 = V.Fma(x, left, l4);
            r4 = V.Fma(x, right, r4);
            x = V.Broadcast(a[5 * S]);
            l5 = V.Fma(x, left, l5);
            r5 = V.Fma(x, right, r5);
        }

        Put(l0, r0, c, add);
        Put(l1, r1, c + strideC, add);
        Put(l2, r2, c + (2 * strideC), add);
        Put(l3, r3, c + (3 * strideC), add);
        Put(l4, r4, c + (4 * strideC), add);
        Put(l5, r5, c + (5 * strideC), add);
    }

    /// <summary>Four rows: 8 sums, just enough to hide the latency of a multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile4(float* a, float* b, int depth, float* c, long strideC, bool add)
    {
        V l0 = V.Zero, r0 = V.Zero;
        V l1 = V.Zero, r1 = V.Zero;
        V l2 = V.Zero, r2 = V.Zero;
        V l3 = V.Zero, r3 = V.Zero;
        for (float* end = b + ((long)depth * 2 * V.Count); b < end; b += 2 * V.Count, a++)
        {
            V left = V.Load(b);
            V right = V.Load(b + V.Count);
            V x = V.Broadcast(a[0]);
            l0 = V.Fma(x, left, l0);
            r0 = V.Fma(x, right, r0);
            x = V.Broadcast(a[S]);
            l1 = V.Fma(x, left, l1);
            r1 = V.Fma(x, right, r1);
            x = V.Broadcast(a[2 * S]);
            l2 = V.Fma(x, left, l2);
            r2 = V.Fma(x, right, r2);
            x = V.Broadcast(a[3 * S]);
            l3 = V.Fma(x, left, l3);
            r3 = V.Fma(x, right, r3);
        }

        Put(l0, r0, c, add);
        Put(l1, r1, c + strideC, add);
        Put(l2, r2, c + (2 * strideC), add);
        Put(l3, r3, c + (3 * strideC), add);
    }

    /// <summary>One row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tile1(float* a, float* b, int depth, float* c, long strideC, bool add)
    {
        V l0 = V.Zero, r0 = V.Zero;
        for (float* end = b + ((long)depth * 2 * V.Count); b < end; b += 2 * V.Count, a++)
        {
            V left = V.Load(b);
            V right = V.Load(b + V.Count);
            V x = V.Broadcast(a[0]);
            l0 = V.Fma(x, left, l0);
            r0 = V.Fma(x, right, r0);
        }

        Put(l0, r0, c, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(V left, V right, float* c, bool add)
    {
        if (add)
        {
            left = V.Load(c) + left;
            right = V.Load(c + V.Count) + right;
        }

        V.Store(left, c);
        V.Store(right, c + V.Count);
    }
}
