using System.Runtime.CompilerServices;
using Mend.Tensors.Cpu.Lanes;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>
/// Runs an element-wise function over memory. The last, partly filled register goes through a buffer, so every
/// element sees the same arithmetic wherever it lies.
/// </summary>
internal static unsafe class MapLoop<V>
    where V : unmanaged, ILanes<V>
{
    /// <summary>y = f(a, b, c); an operand of step 0 repeats its first element. y may be any operand of step 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TMap>(float* a, int stepA, float* b, int stepB, float* c, int stepC, float* y, long n)
        where TMap : struct, IMap
    {
        if (n <= 0)
        {
            return;
        }

        V va = V.Broadcast(*a);
        V vb = V.Broadcast(*b);
        V vc = V.Broadcast(*c);
        long i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            va = stepA != 0 ? V.Load(a + i) : va;
            vb = stepB != 0 ? V.Load(b + i) : vb;
            vc = stepC != 0 ? V.Load(c + i) : vc;
            V.Store(TMap.Apply(va, vb, vc), y + i);
        }

        if (i < n)
        {
            int rest = (int)(n - i);
            va = stepA != 0 ? LoadPart(a + i, rest) : va;
            vb = stepB != 0 ? LoadPart(b + i, rest) : vb;
            vc = stepC != 0 ? LoadPart(c + i, rest) : vc;
            StorePart(TMap.Apply(va, vb, vc), y + i, rest);
        }
    }

    /// <summary>y = f(x).</summary>
    public static void Run<TMap>(float* x, float* y, long n)
        where TMap : struct, IMap => Run<TMap>(x, 1, x, 0, x, 0, y, n);

    /// <summary>y = f(a, b).</summary>
    public static void Run<TMap>(float* a, float* b, float* y, long n)
        where TMap : struct, IMap => Run<TMap>(a, 1, b, 1, a, 0, y, n);

    /// <summary>Reads fewer elements than a register holds; the other lanes are <paramref name="fill"/>.</summary>
    public static V LoadPart(float* p, int count, float fill = 0f)
    {
        float* lanes = stackalloc float[LaneLimits.MaxCount];
        V.Store(V.Broadcast(fill), lanes);
        for (int i = 0; i < count; i++)
        {
            lanes[i] = p[i];
        }

        return V.Load(lanes);
    }

    /// <summary>Writes the first lanes.</summary>
    public static void StorePart(V v, float* p, int count)
    {
        float* lanes = stackalloc float[LaneLimits.MaxCount];
        V.Store(v, lanes);
        for (int i = 0; i < count; i++)
        {
            p[i] = lanes[i];
        }
    }
}
