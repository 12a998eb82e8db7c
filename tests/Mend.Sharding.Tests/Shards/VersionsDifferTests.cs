using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Shards;

/// <summary>Shards that know two histories of one number answer together for none of them.</summary>
public sealed class VersionsDifferTests : IDisposable
{
    private static readonly Pass Forward = new() { Batch = new ModelBatch(1, [5, 17, 42]), Outputs = PassOutputs.Logits, Version = 1 };

    private readonly ModelFolder _folder = ModelFolder.Open(ModelFixtures.Folder("gpt2"));
    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });

    public void Dispose()
    {
        Assert.Equal(0, _engine.LiveTensors);
        _folder.Dispose();
        _engine.Dispose();
    }

    [Fact]
    public async Task RunAsync_ShardsOfOneHistory_Answer()
    {
        using ShardChain chain = Load(new Histories("a", "a"));

        Assert.NotEmpty((await chain.RunAsync(Forward, PassHooks.None, default)).Logits!.Data);
    }

    [Fact]
    public async Task RunAsync_TheLaterShardHasAnotherHistory_RefusedAndToBeSentAgain()
    {
        Histories histories = new("a", "b");
        using ShardChain chain = Load(histories);

        VersionsDifferException error = await Assert.ThrowsAsync<VersionsDifferException>(() => chain.RunAsync(Forward, PassHooks.None, default));

        Assert.Contains("Version 1", error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorKinds.TryAgain, ErrorKinds.Of(error));
        Assert.Equal(2, histories.Asked);
    }

    [Fact]
    public async Task RunAsync_TheLedgerSaysThatItLostItsTail_ThatIsWhatIsTold()
    {
        using ShardChain chain = Load(new Histories("a", "b") { Loss = new IOException("The ledger lost its tail.") });

        await Assert.ThrowsAsync<IOException>(() => chain.RunAsync(Forward, PassHooks.None, default));
    }

    private ShardChain Load(IVersionFactors versions) =>
        ShardChain.Load(_folder.Architecture, ShardPlan.Balanced(_folder.Architecture, 2), _folder.Checkpoint, _engine, versions);

    /// <summary>Version 1 as two shards read it, and what the ledger says when it is asked again.</summary>
    private sealed class Histories(string first, string second) : IVersionFactors
    {
        public Exception? Loss { get; init; }

        public int Asked { get; private set; }

        public Task<VersionFactors> FactorsAsync(long version, Func<string, bool> owns, CancellationToken cancellationToken)
        {
            bool isFirst = owns("transformer.h.0.mlp.c_fc.weight"), isSecond = owns("transformer.h.3.mlp.c_fc.weight");
            if (isFirst || isSecond)
            {
                return Task.FromResult(new VersionFactors(isFirst ? first : second, []));
            }

            Asked++;
            return Loss is null ? Task.FromResult(new VersionFactors(second, [])) : Task.FromException<VersionFactors>(Loss);
        }
    }
}
