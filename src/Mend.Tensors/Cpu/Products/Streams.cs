using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Mend.Tensors.Cpu.Kernels;
using Mend.Tensors.Cpu.Lanes;
using Mend.Tensors.Cpu.Quantized;

namespace Mend.Tensors.Cpu.Products;

/// <summary>
/// Products of a few rows with B stored [k, n]: B is read once, in wide runs, and converted in registers; nothing is
/// packed. The sums are those of <see cref="Tiles{V}"/>, in the same order, so the bits are the same.
/// </summary>
internal static unsafe class Streams<V>
    where V : unmanaged, ILanes<V>
{
    /// <summary>Rows of B that are worked on together.</summary>
    private const int Group = 8;

    /// <summary>Floats of scratch memory for a block.</summary>
    public static long Scratch(in Product p, int rows, int columns) => (rows + (p.TypeB.IsQuantized() ? Group : 0)) * Width(columns);

    /// <summary>Computes C[row.., column..] for all k; C holds what is added to if <paramref name="add"/>.</summary>
    public static void Run(in Product p, int row, int rows, int column, int columns, bool add, float* sums)
    {
        switch (p.TypeB)
        {
            case DType.F32: Run((F32*)p.B + column, p, row, rows, column, columns, add, sums); break;
            case DType.BF16: Run((BF16*)p.B + column, p, row, rows, column, columns, add, sums); break;
            case DType.F16: Run((F16*)p.B + column, p, row, rows, column, columns, add, sums); break;
            default: Run((F32*)null, p, row, rows, column, columns, add, sums); break;
        }
    }

    private static void Run<TElement>(TElement* b, in Product p, int row, int rows, int column, int columns, bool add, float* sums)
        where TElement : unmanaged, IElement<TElement>
    {
        float* x = stackalloc float[Group];
        long width = Width(columns);
        for (int chunk = 0; chunk < p.K; chunk += Product.Depth)
        {
            int end = Math.Min(p.K, chunk + Product.Depth);
            new Span<float>(sums, checked((int)(rows * width))).Clear();
            for (int k = chunk; k < end; k += Group)
            {
                int count = Math.Min(Group, end - k);
                TElement* group = b + (k * p.StrideB);
                long stride = p.StrideB;
                if (p.TypeB.IsQuantized())
                {
                    group = (TElement*)(sums + (rows * width));
                    stride = width;
                    Unpack(p, k, count, column, columns, (float*)group, width);
                }

                for (int r = 0; r < rows; r++)
                {
                    for (int i = 0; i < count; i++)
                    {
                        x[i] = p.TransposeA ? p.A[((k + i) * p.StrideA) + row + r] : p.A[((row + r) * p.StrideA) + k + i];
                    }

                    AddGroup(group, stride, x, count, sums + (r * width), columns);
                }
            }

            for (int r = 0; r < rows; r++)
            {
                float* c = p.C + ((row + r) * p.StrideC) + column;
                if (add)
                {
                    MapLoop<V>.Run<AddMap>(c, sums + (r * width), c, columns);
                }
                else
                {
                    new ReadOnlySpan<float>(sums + (r * width), columns).CopyTo(new Span<float>(c, columns));
                }
            }

            add = true;
        }
    }

    /// <summary>Rows of a quantised B as floats.</summary>
    private static void Unpack(in Product p, int k, int count, int column, int columns, float* rows, long width)
    {
        long stride = p.TypeB.BytesOf(p.StrideB);
        byte* first = (byte*)p.B + (k * stride) + p.TypeB.BytesOf(column);
        for (int i = 0; i < count; i++, first += stride)
        {
            Prefetch.Run(first + (Group * stride), p.TypeB.BytesOf(columns));
            Dequantizer<V>.Run(p.TypeB, first, rows + (i * width), columns);
        }
    }

    /// <summary>sums += x[0]·b[0] + … + x[count − 1]·b[count − 1], one multiply-add after the other.</summary>
    private static void AddGroup<TElement>(TElement* b, long stride, float* x, int count, float* sums, int columns)
        where TElement : unmanaged, IElement<TElement>
    {
        int whole = columns - (columns % V.Count);
        if (count == Group)
        {
            AddEight(b, stride, x, sums, whole);
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                AddOne(b + (i * stride), V.Broadcast(x[i]), sums, whole);
            }
        }

        if (whole < columns)
        {
            // The sums have room for whole registers.
            float* part = stackalloc float[LaneLimits.MaxCount];
            V.Store(V.Zero, part);
            for (int i = 0; i < count; i++)
            {
                for (int c = whole; c < columns; c++)
                {
                    part[c - whole] = TElement.ToFloat(b[(i * stride) + c]);
                }

                V.Store(V.Fma(V.Broadcast(x[i]), V.Load(part), V.Load(sums + whole)), sums + whole);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddEight<TElement>(TElement* b, long stride, float* x, float* sums, int columns)
        where TElement : unmanaged, IElement<TElement>
    {
        V x0 = V.Broadcast(x[0]);
        V x1 = V.Broadcast(x[1]);
        V x2 = V.Broadcast(x[2]);
        V x3 = V.Broadcast(x[3]);
        V x4 = V.Broadcast(x[4]);
        V x5 = V.Broadcast(x[5]);
        V x6 = V.Broadcast(x[6]);
        V x7 = V.Broadcast(x[7]);
        TElement* low = b;
        TElement* high = b + (4 * stride);
        TElement* next = b + (Group * stride);
        TElement* nextHigh = next + (4 * stride);
        for (int c = 0; c < columns; c += V.Count)
        {
            Ask(next + c, stride);
            Ask(nextHigh + c, stride);
            V s = V.Load(sums + c);
            s = V.Fma(x0, TElement.Load<V>(low + c), s);
            s = V.Fma(x1, TElement.Load<V>(low + c + stride), s);
            s = V.Fma(x2, TElement.Load<V>(low + c + (2 * stride)), s);
            s = V.Fma(x3, TElement.Load<V>(low + c + (3 * stride)), s);
            s = V.Fma(x4, TElement.Load<V>(high + c), s);
            s = V.Fma(x5, TElement.Load<V>(high + c + stride), s);
            s = V.Fma(x6, TElement.Load<V>(high + c + (2 * stride)), s);
            s = V.Fma(x7, TElement.Load<V>(high + c + (3 * stride)), s);
            V.Store(s, sums + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddOne<TElement>(TElement* b, V x, float* sums, int columns)
        where TElement : unmanaged, IElement<TElement>
    {
        for (int c = 0; c < columns; c += V.Count)
        {
            V.Store(V.Fma(x, TElement.Load<V>(b + c), V.Load(sums + c)), sums + c);
        }
    }

    /// <summary>Asks for the same columns of the next four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Ask<TElement>(TElement* b, long stride)
        where TElement : unmanaged, IElement<TElement>
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(b);
            Sse.Prefetch0(b + stride);
            Sse.Prefetch0(b + (2 * stride));
            Sse.Prefetch0(b + (3 * stride));
        }
    }

    private static long Width(int columns) => (columns + V.Count - 1) / V.Count * (long)V.Count;
}
