using Mend.Models;

namespace Mend.Sharding.Tests;

/// <summary>Finds the tiny checkpoints in the source tree.</summary>
internal static partial class ModelFixtures
{
    /// <summary>The folder of a tiny checkpoint, such as "gpt2".</summary>
    public static string Folder(string name) => Path.Combine(Root(), "models", name);

    /// <summary>Loads a model split evenly.</summary>
    public static ShardChain Load(ModelFolder model, int shards) =>
        ShardChain.Load(model.Architecture, ShardPlan.Balanced(model.Architecture, shards), model.Checkpoint, Engine);

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Mend.Cluster.sln")))
            {
                return Path.Combine(folder.FullName, "tests", "fixtures");
            }
        }

        throw new DirectoryNotFoundException($"No folder above '{AppContext.BaseDirectory}' holds Mend.Cluster.sln; run the tests from a clone.");
    }
}
