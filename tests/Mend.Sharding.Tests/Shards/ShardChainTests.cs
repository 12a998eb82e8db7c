using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Shards;

/// <summary>A pass through the chain: the same bits for any split, and nothing left when it fails anywhere.</summary>
public sealed class ShardChainTests : IDisposable
{
    private static readonly EncodedExample Edit = new() { InputIds = [5, 17, 42, 8, 61], TargetRows = [3, 4], TargetTokens = [61, 23] };

    private readonly ModelFolder _folder = ModelFolder.Open(ModelFixtures.Folder("gpt2"));
    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });

    private IReadOnlyList<string> Layers => _folder.Architecture.DefaultEditedLayers;

    public void Dispose()
    {
        Assert.Equal(0, _engine.LiveTensors);
        _folder.Dispose();
        _engine.Dispose();
    }

    [Fact]
    public async Task RunAsync_OneToFourShards_SameBitsForLogitsSignalsAndFactorGradients()
    {
        List<float[]> all = [];
        for (int shards = 1; shards <= 4; shards++)
        {
            using ShardChain chain = Load(shards);
            all.Add([.. await LogitsAsync(chain), .. await SignalsAsync(chain), .. await FactorGradientsAsync(chain)]);
        }

        Assert.All(all, bits => Assert.Equal(all[0], bits));
        Assert.Contains(all[0], v => v != 0);
    }

    [Fact]
    public async Task RunAsync_FromEveryStage_IsThePassFromTheStart()
    {
        using ShardChain chain = Load(3);
        float[] expected = await LogitsAsync(chain);
        for (int stage = 1; stage < _folder.Architecture.Stages.Count; stage++)
        {
            HostTensor? entering = null;
            await chain.RunAsync(Forward(), new PassHooks { StageDone = (done, state) => entering = done == stage - 1 ? HostTensor.From(_engine, state.Hidden!.Data) : entering }, default);

            PassResult result = await chain.RunAsync(Forward() with { StartStage = stage, Start = entering }, PassHooks.None, default);

            Assert.Equal(expected, result.Logits!.Data);
        }
    }

    [Fact]
    public async Task RunAsync_StageDone_TellsEveryStageInOrder()
    {
        using ShardChain chain = Load(3);
        List<int> stages = [];

        await chain.RunAsync(Forward(), new PassHooks { StageDone = (stage, _) => stages.Add(stage) }, default);

        Assert.Equal(Enumerable.Range(0, _folder.Architecture.Stages.Count), stages);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task RunAsync_CancelledInMidPass_LeavesNoTensor(int stage)
    {
        using ShardChain chain = Load(3);
        long before = _engine.LiveTensors;
        using CancellationTokenSource source = new();
        PassHooks hooks = new()
        {
            StageDone = (done, _) =>
            {
                if (done == stage)
                {
                    source.Cancel();
                }
            },
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => chain.RunAsync(Backward(), hooks, source.Token));

        Assert.Equal(before, _engine.LiveTensors);
        Assert.NotEmpty(await LogitsAsync(chain));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RunAsync_HookThatFails_UnwindsEveryShard(bool forward)
    {
        using ShardChain chain = Load(4);
        long before = _engine.LiveTensors;

        foreach (string layer in Layers)
        {
            PassHooks hooks = new() { Layers = new Dictionary<string, ILayerHook> { [layer] = new Failing(forward) } };

            IOException error = await Assert.ThrowsAsync<IOException>(() => chain.RunAsync(Backward(), hooks, default));

            Assert.Equal("broken", error.Message);
            Assert.Equal(before, _engine.LiveTensors);
        }

        Assert.NotEmpty(await LogitsAsync(chain));
    }

    [Fact]
    public async Task RunAsync_ManyAtOnce_GiveWhatEachGivesAlone()
    {
        using ShardChain chain = Load(2);
        float[] logits = await LogitsAsync(chain);
        float[] signals = await SignalsAsync(chain);

        Task<float[]>[] running = [.. Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? LogitsAsync(chain) : SignalsAsync(chain))];
        float[][] all = await Task.WhenAll(running);

        Assert.All(all.Index(), r => Assert.Equal(r.Index % 2 == 0 ? logits : signals, r.Item));
    }

    [Fact]
    public async Task RunAsync_VersionWithoutALedger_SaysWhatToDo()
    {
        using ShardChain chain = Load(2);

        ArgumentOutOfRangeException error = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => chain.RunAsync(Forward() with { Version = 1 }, PassHooks.None, default));

        Assert.Contains("open it with a ledger", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EndSessionAsync_OpenAndUnknown_GivesTheCacheBack()
    {
        using ShardChain chain = Load(2);
        long before = _engine.LiveTensors;
        await chain.RunAsync(Forward() with { Texts = [new TextRows("s", 0, Edit.InputIds.Length)] }, PassHooks.None, default);
        Assert.True(_engine.LiveTensors > before, "Nothing was cached.");

        await chain.EndSessionAsync("s");
        await chain.EndSessionAsync("s");
        await chain.EndSessionAsync("unknown");

        Assert.Equal(before, _engine.LiveTensors);
    }

    [Fact]
    public async Task Dispose_WithAnOpenSession_GivesEverythingBack()
    {
        using (ShardChain chain = Load(2))
        {
            await chain.RunAsync(Forward() with { Texts = [new TextRows("s", 0, Edit.InputIds.Length)] }, PassHooks.None, default);
        }

        Assert.Equal(0, _engine.LiveTensors);
    }

    [Fact]
    public void Load_Cancelled_LeavesNoTensor()
    {
        Assert.Throws<OperationCanceledException>(() => ShardChain.Load(
            _folder.Architecture, ShardPlan.Balanced(_folder.Architecture, 2), _folder.Checkpoint, _engine, cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal(0, _engine.LiveTensors);
    }

    private ShardChain Load(int shards) => ShardChain.Load(_folder.Architecture, ShardPlan.Balanced(_folder.Architecture, shards), _folder.Checkpoint, _engine);

    private static Pass Forward() => new() { Batch = new ModelBatch(1, Edit.InputIds), Outputs = PassOutputs.Logits };

    private Pass Backward()
    {
        ExampleBatch batch = new([Edit], _folder.Architecture, 0);
        return new Pass { Batch = batch.Inputs, Objective = batch.Likelihood(), GradientFrom = GradientPass.FirstStage(_folder.Architecture, Layers) };
    }

    private static async Task<float[]> LogitsAsync(ShardChain chain) => (await chain.RunAsync(Forward(), PassHooks.None, default)).Logits!.Data;

    private async Task<float[]> SignalsAsync(ShardChain chain)
    {
        IReadOnlyList<EditSignals> signals = await GradientPass.RunAsync(chain, Layers, [Edit], 0, 0, [], 0, default);
        return [.. signals[0].Layers.SelectMany(l => l.U.Concat(l.Delta))];
    }

    private async Task<float[]> FactorGradientsAsync(ShardChain chain)
    {
        List<Tensor> factors = [];
        Dictionary<string, FactorHook> hooks = [];
        foreach (EditFactors f in RandomFactors.Of(_folder.Architecture, 3))
        {
            factors.AddRange([_engine.FromHost(f.U, [1, f.Rank, f.Inputs]), _engine.FromHost(f.Delta, [1, f.Rank, f.Outputs])]);
            hooks[f.Layer] = new FactorHook(factors[^2], factors[^1]);
        }

        await chain.RunAsync(Backward(), new PassHooks { Layers = hooks.ToDictionary(h => h.Key, h => (ILayerHook)h.Value) }, default);
        float[] gradients = [.. Layers.SelectMany(l => HostTensor.From(_engine, hooks[l].UGradient!).Data.Concat(HostTensor.From(_engine, hooks[l].DeltaGradient!).Data))];
        hooks.Values.ToList().ForEach(h => h.Dispose());
        factors.ForEach(f => f.Dispose());
        return gradients;
    }

    private sealed class Failing(bool forward) : ILayerHook
    {
        public Value Forward(Tape tape, Value x, Func<Value, Value> layer) => forward ? throw new IOException("broken") : layer(x);

        public void Collect(Tape tape) => throw new IOException("broken");
    }
}
