using Mend.Tensors.Cpu.Memory;

namespace Mend.Tensors.Cpu;

/// <summary>
/// Keys and values in native memory: keys [heads, size, capacity], so that the scores of one query are sums of runs, values [heads, capacity, size].
/// </summary>
internal sealed unsafe class CpuKeyValues : KeyValues
{
    private NativeBlock? _block;
    private int _disposed;

    public CpuKeyValues(CpuEngine engine, int heads, int keySize, int valueSize)
        : base(heads, keySize, valueSize)
    {
        Engine = engine;
        engine.Register();
    }

    ~CpuKeyValues() => Dispose(false);

    /// <summary>The engine it lives on.</summary>
    public CpuEngine Engine { get; }

    /// <summary>A head's keys, [size, capacity].</summary>
    public float* Keys(int head) => (float*)_block!.Address + ((long)head * KeySize * Capacity);

    /// <summary>A head's values, [capacity, size].</summary>
    public float* Values(int head) => (float*)_block!.Address + ((long)Heads * KeySize * Capacity) + ((long)head * Capacity * ValueSize);

    /// <inheritdoc/>
    protected override void Grow(int capacity)
    {
        NativeBlock block = Engine.Rent(BytesFor(capacity));
        NativeBlock? old = _block;
        if (old is not null)
        {
            // Each row of keys begins at a multiple of the capacity, and so do the values of each head.
            long keyRows = (long)Heads * KeySize;
            Move(old, 0, Capacity, block, 0, capacity, keyRows, Length);
            Move(old, keyRows * Capacity, (long)Capacity * ValueSize, block, keyRows * capacity, (long)capacity * ValueSize, Heads, (long)Length * ValueSize);
        }

        _block = block;
        old?.Release();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Engine.Unregister();
            Interlocked.Exchange(ref _block, null)?.Release();
        }
    }

    private static void Move(NativeBlock from, long startFrom, long strideFrom, NativeBlock to, long startTo, long strideTo, long runs, long length)
    {
        for (long run = 0; run < runs; run++)
        {
            Buffer.MemoryCopy(
                (float*)from.Address + startFrom + (run * strideFrom), (float*)to.Address + startTo + (run * strideTo), length * sizeof(float), length * sizeof(float));
        }
    }
}
