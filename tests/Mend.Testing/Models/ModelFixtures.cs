using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Testing;

/// <summary>The tiny checkpoints of the source tree, and the engine that most tests load them on.</summary>
public static class ModelFixtures
{
    /// <summary>One engine for all tests, with one thread: the models are so small that more would only wait for each other.</summary>
    public static IEngine Engine { get; } = new CpuEngine(new CpuEngineOptions { Threads = 1 });

    /// <summary>The folder of a tiny checkpoint, such as "gpt2".</summary>
    public static string Folder(string name) => Fixtures.Path("models", name);

    /// <summary>Loads a model split evenly.</summary>
    public static ShardChain Load(ModelFolder model, int shards, IEngine? engine = null) =>
        ShardChain.Load(model.Architecture, ShardPlan.Balanced(model.Architecture, shards), model.Checkpoint, engine ?? Engine);
}
