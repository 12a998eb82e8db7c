using System.Text.Json;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors.Cpu;

namespace Mend.Cli.Tests;

/// <summary>What `mend plan` says a shard holds is what loading it takes.</summary>
public sealed class PlanFiguresTests
{
    [Theory]
    [InlineData("gpt2_sharded", 2)]
    [InlineData("gpt2_bf16", 3)]
    [InlineData("gpt_neo", 2)]
    [InlineData("gptj", 3)]
    [InlineData("llama", 2)]
    [InlineData("t5", 3)]
    [InlineData("t5_v1_1", 2)]
    [InlineData("bart", 3)]
    [InlineData("bert_classifier", 2)]
    public async Task Plan_WeightBytes_AreWhatLoadingTakes(string name, int shards)
    {
        string folder = Path.Combine(Fixtures(), "models", name);
        using ModelFolder model = ModelFolder.Open(folder);
        using CpuEngine engine = new(new CpuEngineOptions { Threads = 1 });

        CliRun run = (await CliRun.Of("plan", "--model", folder, "--shards", $"{shards}", "--json")).Done();

        long[] planned = [.. run.Json.GetProperty("shards").EnumerateArray().Select(s => s.GetProperty("weight_bytes").GetInt64())];
        ShardPlan plan = ShardPlan.Balanced(model.Architecture, shards, p => p.Stored.Length);
        using ShardChain chain = ShardChain.Load(model.Architecture, plan, model.Checkpoint, engine);
        long[] loaded = [.. chain.Shards.Select(s => s.ParameterBytes)];
        Assert.Equal(shards, planned.Length);
        Assert.All(planned, (bytes, i) => Assert.InRange(bytes, 0.95 * loaded[i], 1.05 * loaded[i]));
    }

    private static string Fixtures()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Mend.Cluster.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder!.FullName, "tests", "fixtures");
    }
}
