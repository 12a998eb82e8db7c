using System.Runtime.InteropServices;

namespace Mend.Tensors.Cpu.Memory;

/// <summary>
/// A reference-counted piece of native memory, 64-byte aligned, contents undefined when rented. Handles on the same
/// elements share one block; the last one released hands it back to its pool. Counting is thread-safe. It has no
/// finalizer of its own: each handle has one, and calls <see cref="Release"/>.
/// </summary>
internal sealed unsafe class NativeBlock
{
    /// <summary>Alignment in bytes: a cache line, and an AVX-512 register.</summary>
    public const int Alignment = 64;

    private readonly BlockPool _pool;
    private int _references;
    private long _asked;
    private MemoryMeter? _meter;

    /// <summary>Allocates the memory; called by the pool only.</summary>
    public NativeBlock(BlockPool pool, long bytes)
    {
        _pool = pool;
        Bytes = bytes;
        Address = (nint)NativeMemory.AlignedAlloc(checked((nuint)bytes), Alignment);
    }

    /// <summary>Address of the first byte; 0 once freed.</summary>
    public nint Address { get; private set; }

    /// <summary>Capacity in bytes.</summary>
    public long Bytes { get; }

    /// <summary>The pool's clock when the block was last handed back.</summary>
    public long IdleSince { get; set; }

    /// <summary>Makes the caller the block's only holder.</summary>
    /// <param name="asked">Bytes that were asked for.</param>
    /// <param name="meter">Counts them until the block is handed back; null counts nothing.</param>
    public void Activate(long asked, MemoryMeter? meter)
    {
        (_asked, _meter) = (asked, meter);
        meter?.Take(asked);
        Volatile.Write(ref _references, 1);
    }

    /// <summary>Adds a holder.</summary>
    /// <exception cref="ObjectDisposedException">The last holder has let go already.</exception>
    public void Retain()
    {
        int seen = Volatile.Read(ref _references);
        while (true)
        {
            ObjectDisposedException.ThrowIf(seen <= 0, typeof(Tensor));
            int now = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (now == seen)
            {
                return;
            }

            seen = now;
        }
    }

    /// <summary>Removes a holder; the last one hands the block back.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            _meter?.GiveBack(_asked);
            _pool.Return(this);
        }
    }

    /// <summary>Gives the memory to the operating system; called by the pool only.</summary>
    public void Free()
    {
        NativeMemory.AlignedFree((void*)Address);
        Address = 0;
    }
}
