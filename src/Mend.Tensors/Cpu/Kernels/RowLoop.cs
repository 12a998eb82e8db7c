using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>A function of up to three registers with parameters of its own, such as a row's mean.</summary>
/// <typeparam name="V">The register.</typeparam>
internal interface IRowMap<V>
    where V : unmanaged, ILanes<V>
{
    /// <summary>f(a, b, c); maps of fewer variables ignore the rest.</summary>
    V Apply(V a, V b, V c);
}

/// <summary>Maps and sums over one row. Sums keep four running registers; their order depends on n only.</summary>
internal static unsafe class RowLoop<V>
    where V : unmanaged, ILanes<V>
{
    /// <summary>y = f(a, b, c). y may be any operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<TMap>(TMap map, float* a, float* b, float* c, float* y, long n)
        where TMap : struct, IRowMap<V>
    {
        long i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            V.Store(map.Apply(V.Load(a + i), V.Load(b + i), V.Load(c + i)), y + i);
        }

        if (i < n)
        {
            int rest = (int)(n - i);
            V tail = map.Apply(MapLoop<V>.LoadPart(a + i, rest), MapLoop<V>.LoadPart(b + i, rest), MapLoop<V>.LoadPart(c + i, rest));
            MapLoop<V>.StorePart(tail, y + i, rest);
        }
    }

    /// <summary>Σ f(a, b, c).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Sum<TMap>(TMap map, float* a, float* b, float* c, long n)
        where TMap : struct, IRowMap<V>
    {
        V s0 = V.Zero;
        V s1 = V.Zero;
        V s2 = V.Zero;
        V s3 = V.Zero;
        long i = 0;
        for (; i <= n - (4 * V.Count); i += 4 * V.Count)
        {
            s0 += map.Apply(V.Load(a + i), V.Load(b + i), V.Load(c + i));
            s1 += map.Apply(V.Load(a + i + V.Count), V.Load(b + i + V.Count), V.Load(c + i + V.Count));
            s2 += map.Apply(V.Load(a + i + (2 * V.Count)), V.Load(b + i + (2 * V.Count)), V.Load(c + i + (2 * V.Count)));
            s3 += map.Apply(V.Load(a + i + (3 * V.Count)), V.Load(b + i + (3 * V.Count)), V.Load(c + i + (3 * V.Count)));
        }

        for (; i <= n - V.Count; i += V.Count)
        {
            s0 += map.Apply(V.Load(a + i), V.Load(b + i), V.Load(c + i));
        }

        if (i < n)
        {
            // Lanes beyond the row must not count, whatever the map makes of zeros.
            int rest = (int)(n - i);
            float* lanes = stackalloc float[LaneLimits.MaxCount];
            V.Store(V.Zero, lanes);
            V tail = map.Apply(MapLoop<V>.LoadPart(a + i, rest), MapLoop<V>.LoadPart(b + i, rest), MapLoop<V>.LoadPart(c + i, rest));
            MapLoop<V>.StorePart(tail, lanes, rest);
            s1 += V.Load(lanes);
        }

        return V.Sum((s0 + s1) + (s2 + s3));
    }

    /// <summary>The largest element; <paramref name="floor"/> where none is larger.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Max(float* x, long n, float floor)
    {
        V m0 = V.Broadcast(floor);
        V m1 = m0;
        V m2 = m0;
        V m3 = m0;
        long i = 0;
        for (; i <= n - (4 * V.Count); i += 4 * V.Count)
        {
            m0 = V.Max(V.Load(x + i), m0);
            m1 = V.Max(V.Load(x + i + V.Count), m1);
            m2 = V.Max(V.Load(x + i + (2 * V.Count)), m2);
            m3 = V.Max(V.Load(x + i + (3 * V.Count)), m3);
        }

        for (; i <= n - V.Count; i += V.Count)
        {
            m0 = V.Max(V.Load(x + i), m0);
        }

        if (i < n)
        {
            m1 = V.Max(MapLoop<V>.LoadPart(x + i, (int)(n - i), floor), m1);
        }

        return V.Largest(V.Max(V.Max(m0, m1), V.Max(m2, m3)));
    }
}
