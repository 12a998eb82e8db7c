using Mend.Tensors.Torch.Native;

namespace Mend.Tensors.Torch.Tests.Native;

/// <summary>The number is the process's: other tests' engines want two threads.</summary>
[Collection(nameof(BlasThreadsTests))]
[CollectionDefinition(nameof(BlasThreadsTests), DisableParallelization = true)]
[NeedsLibTorch]
public sealed class BlasThreadsTests
{
    [Fact]
    public void Create_NumberOfThreads_ReachesOpenBlas()
    {
        // Another BLAS has no number of its own.
        bool isOpenBlas = Mapped();
        foreach (int threads in (int[])[1, 2])
        {
            using IEngine engine = Engines.Create(TestEngines.Torch, threads);
            Assert.Equal(isOpenBlas ? threads : null, BlasThreads.Count);
        }
    }

    private static bool Mapped()
    {
        Engines.Create(TestEngines.Torch).Dispose();
        return OperatingSystem.IsLinux() && File.ReadAllText("/proc/self/maps").Contains("libopenblas", StringComparison.Ordinal);
    }
}
