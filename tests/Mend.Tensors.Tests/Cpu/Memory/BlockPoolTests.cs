using Mend.Tensors.Cpu.Memory;

namespace Mend.Tensors.Tests.Cpu.Memory;

public sealed class BlockPoolTests
{
    [Fact]
    public void RoundUp_AnySize_WastesAtMostAnEighth()
    {
        for (long bytes = 1; bytes < 1L << 34; bytes = (bytes * 5 / 4) + 1)
        {
            long rounded = BlockPool.RoundUp(bytes);
            Assert.InRange(rounded, bytes, Math.Max(256, bytes + (bytes / 8) + NativeBlock.Alignment));
            Assert.Equal(0, rounded % NativeBlock.Alignment);
            Assert.Equal(rounded, BlockPool.RoundUp(rounded));
        }
    }

    [Fact]
    public void Rent_AfterRelease_ReusesTheAlignedBlock()
    {
        using BlockPool pool = new(1 << 20);
        NativeBlock first = pool.Rent(1000);
        Assert.Equal(0, first.Address % NativeBlock.Alignment);
        first.Retain();
        first.Release();
        Assert.Equal(first.Bytes, pool.LiveBytes);
        first.Release();
        Assert.Equal((0L, first.Bytes), (pool.LiveBytes, pool.IdleBytes));
        Assert.Throws<ObjectDisposedException>(first.Retain);
        Assert.Same(first, pool.Rent(1000));
        first.Release();
    }

    [Fact]
    public void Rent_BlocksLongIdle_AreFreed()
    {
        using BlockPool pool = new(1 << 20);
        pool.Rent(5000).Release();
        for (int i = 0; i < 40_000; i++)
        {
            pool.Rent(300).Release();
        }

        Assert.Equal(BlockPool.RoundUp(300), pool.IdleBytes);
    }

    [Fact]
    public void Return_AfterDispose_FreesTheBlock()
    {
        BlockPool pool = new(1 << 20);
        NativeBlock held = pool.Rent(100);
        pool.Dispose();
        held.Release();
        Assert.Equal(0, held.Address);
        Assert.Equal((0L, 0L), (pool.LiveBytes, pool.IdleBytes));
    }
}
