using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests;

/// <summary>The engine that these tests run on. Mend.Tensors.Torch.Tests compiles some of them with another.</summary>
internal static partial class ModelFixtures
{
    /// <summary>One engine for all tests, with one thread: the models are so small that more would only wait for each other.</summary>
    public static IEngine Engine { get; } = new CpuEngine(new CpuEngineOptions { Threads = 1 });
}
