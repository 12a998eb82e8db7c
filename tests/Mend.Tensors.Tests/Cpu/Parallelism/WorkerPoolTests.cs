using Mend.Tensors.Cpu.Parallelism;

namespace Mend.Tensors.Tests.Cpu.Parallelism;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Run_ManyPieces_RunsEachOnce(int threads)
    {
        using WorkerPool pool = new(threads);
        for (int round = 0; round < 500; round++)
        {
            int[] runs = new int[37];
            pool.Run(37, i => Interlocked.Increment(ref runs[i]));
            Assert.All(runs, count => Assert.Equal(1, count));
        }
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(1000, 16)]
    [InlineData(1001, 16)]
    public void RunRanges_AnyLength_CoversItOnceInWholeGrains(long length, long grain)
    {
        using WorkerPool pool = new(3);
        int[] seen = new int[length];
        pool.RunRanges(length, grain, (start, end) =>
        {
            Assert.Equal(0, start % grain);
            for (long i = start; i < end; i++)
            {
                Interlocked.Increment(ref seen[i]);
            }
        });
        Assert.All(seen, count => Assert.Equal(1, count));
    }

    [Fact]
    public void Run_PieceThrows_RethrowsAndStaysUsable()
    {
        using WorkerPool pool = new(3);
        Assert.Throws<InvalidOperationException>(() => pool.Run(50, i =>
        {
            if (i == 7)
            {
                throw new InvalidOperationException("seven");
            }
        }));
        int count = 0;
        pool.Run(10, _ => Interlocked.Increment(ref count));
        Assert.Equal(10, count);
    }

    [Fact]
    public void Run_InsideAPiece_MakesProgress()
    {
        using WorkerPool pool = new(2);
        int count = 0;
        pool.Run(8, _ => pool.Run(8, _ => Interlocked.Increment(ref count)));
        Assert.Equal(64, count);
    }

    [Fact]
    public void Run_AfterDispose_RunsOnTheCaller()
    {
        WorkerPool pool = new(3);
        pool.Dispose();
        int count = 0;
        pool.Run(10, _ => count++);
        Assert.Equal(10, count);
    }
}
