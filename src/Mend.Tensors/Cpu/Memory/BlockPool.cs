using System.Numerics;

namespace Mend.Tensors.Cpu.Memory;

/// <summary>
/// Keeps freed blocks for reuse, so that a training step allocates nothing after the first. Sizes are rounded up to
/// eighths of a power of two (at most 12.5 % is wasted). At most <c>capacity</c> bytes are kept; blocks that no step
/// has asked for in a while are freed. Thread-safe, also from finalizers.
/// </summary>
internal sealed class BlockPool : IDisposable
{
    /// <summary>Blocks that stayed idle over this many rents are freed.</summary>
    private const long IdleRents = 16384;
    private const int SweepEvery = 2048;
    private const long SmallestBlock = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, Stack<NativeBlock>> _idle = [];
    private readonly long _capacity;
    private long _idleBytes;
    private long _liveBytes;
    private long _clock;
    private bool _disposed;

    /// <summary>Creates an empty pool.</summary>
    /// <param name="capacity">Most bytes kept idle.</param>
    public BlockPool(long capacity) => _capacity = capacity;

    ~BlockPool() => FreeIdle();

    /// <summary>Bytes in blocks that someone holds.</summary>
    public long LiveBytes => Interlocked.Read(ref _liveBytes);

    /// <summary>Bytes in blocks kept for reuse.</summary>
    public long IdleBytes => Interlocked.Read(ref _idleBytes);

    /// <summary>A block of at least this many bytes, held by the caller alone.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="meter">Counts the bytes asked for while the block is held; null counts nothing.</param>
    public NativeBlock Rent(long bytes, MemoryMeter? meter = null)
    {
        long rounded = RoundUp(bytes);
        NativeBlock? block = null;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(CpuEngine));
            if (++_clock % SweepEvery == 0)
            {
                FreeIdleSince(_clock - IdleRents);
            }

            if (_idle.TryGetValue(rounded, out Stack<NativeBlock>? stack) && stack.TryPop(out block))
            {
                _idleBytes -= rounded;
            }
        }

        block ??= new NativeBlock(this, rounded);
        Interlocked.Add(ref _liveBytes, rounded);
        block.Activate(bytes, meter);
        return block;
    }

    /// <summary>Takes back a block that nobody holds any more.</summary>
    public void Return(NativeBlock block)
    {
        Interlocked.Add(ref _liveBytes, -block.Bytes);
        lock (_gate)
        {
            if (!_disposed && block.Bytes <= _capacity)
            {
                Keep(block);
                return;
            }
        }

        block.Free();
    }

    /// <summary>Frees every idle block.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            FreeIdle();
        }
    }

    /// <summary>Frees idle blocks, now and from here on. Blocks still held are freed when their last holder lets go.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            FreeIdle();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Rounds up to the next eighth of a power of two, at least <see cref="SmallestBlock"/>.</summary>
    internal static long RoundUp(long bytes)
    {
        if (bytes <= SmallestBlock)
        {
            return SmallestBlock;
        }

        long step = Math.Max(NativeBlock.Alignment, (long)(BitOperations.RoundUpToPowerOf2((ulong)bytes) >> 4));
        return (bytes + step - 1) / step * step;
    }

    private void Keep(NativeBlock block)
    {
        block.IdleSince = _clock;
        if (!_idle.TryGetValue(block.Bytes, out Stack<NativeBlock>? stack))
        {
            _idle.Add(block.Bytes, stack = new Stack<NativeBlock>());
        }

        stack.Push(block);
        _idleBytes += block.Bytes;
        for (long since = _clock - IdleRents; _idleBytes > _capacity; since = (since + _clock + 1) / 2)
        {
            FreeIdleSince(since);
        }
    }

    /// <summary>Frees the blocks that came back at <paramref name="tick"/> or before.</summary>
    private void FreeIdleSince(long tick)
    {
        foreach (Stack<NativeBlock> stack in _idle.Values)
        {
            if (stack.Count == 0)
            {
                continue;
            }

            NativeBlock[] blocks = [.. stack];
            stack.Clear();
            for (int i = blocks.Length - 1; i >= 0; i--)
            {
                if (blocks[i].IdleSince > tick)
                {
                    stack.Push(blocks[i]);
                    continue;
                }

                _idleBytes -= blocks[i].Bytes;
                blocks[i].Free();
            }
        }
    }

    private void FreeIdle() => FreeIdleSince(long.MaxValue);
}
