using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Shards;

/// <summary>Drafts that shards keep, and their votes for them.</summary>
public sealed class ShardHostTests : IAsyncLifetime
{
    private static readonly EncodedExample Edit = new() { InputIds = [5, 17, 42, 8, 61], TargetRows = [3, 4], TargetTokens = [61, 23] };
    private static readonly EditId Id = new("edit");

    private readonly ModelFolder _folder = ModelFolder.Open(ModelFixtures.Folder("gpt2"));
    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });
    private readonly InMemoryLedgerStore _disk = new();
    private readonly PlainGradient _editor;
    private readonly ShardPlan _plan;
    private EditLedger _ledger = null!;
    private ShardChain _chain = null!;

    public ShardHostTests()
    {
        _editor = new PlainGradient(_folder.Architecture.DefaultEditedLayers);
        _plan = ShardPlan.Balanced(_folder.Architecture, 3);
    }

    private IReadOnlyList<int> Owners => [.. _editor.Layers.Select(l => _plan.ShardOf(_folder.Architecture.StageOf(l))).Distinct().Order()];

    private KeptDraft Draft => new("draft", 1, Owners);

    public async Task InitializeAsync()
    {
        _ledger = await EditLedger.OpenAsync(_disk, _folder.Fingerprint());
        _chain = ShardChain.Load(_folder.Architecture, _plan, _folder.Checkpoint, _engine, _ledger, _editor);
    }

    public async Task DisposeAsync()
    {
        _chain.Dispose();
        await _ledger.DisposeAsync();
        _folder.Dispose();
        Assert.Equal(0, _engine.LiveTensors);
        _engine.Dispose();
    }

    [Fact]
    public async Task RunAsync_PassThatDrafts_LeavesFactorsOfItsLayersOnEachShard()
    {
        await DraftAsync();

        List<string> layers = [];
        foreach (int shard in Owners)
        {
            IReadOnlyList<EditFactors> factors = await Host(shard).FactorsAsync(Draft, default);
            Assert.All(factors, f => Assert.True(Host(shard).Shard.Layers.ContainsKey(f.Layer) && f.Delta.Any(v => v != 0), f.Layer));
            layers.AddRange(factors.Select(f => f.Layer));
        }

        Assert.Equal(_editor.Layers.Order(), layers.Order());
    }

    /// <summary>Experts that no answer went to have no part in an edit.</summary>
    [Fact]
    public async Task PrepareAsync_LayersWithoutFactors_AreNotStored()
    {
        int shard = Owners[^1];
        EditFactors some = new("model.a", 1, 2, 2, [1, 2], [3, 4], 1), none = new("model.b", 0, 2, 2, [], [], 0);
        KeptDraft draft = new("made up", 1, [shard]);

        await Host(shard).KeepAsync(draft.Name, [some, none], default);
        IReadOnlyList<FactorReference> stored = await Host(shard).PrepareAsync(Id, draft, default);
        await Host(shard).KeepAsync(draft.Name, [none], default);
        IReadOnlyList<FactorReference> vote = await Host(shard).PrepareAsync(new EditId("other"), draft, default);

        Assert.Equal(["model.a"], stored.Select(f => f.Layer));
        Assert.Equal(["model.b"], vote.Select(f => f.Layer));
    }

    [Fact]
    public async Task RunAsync_FromTheKeptEnteringState_GivesTheBitsOfThePassFromTheTokens()
    {
        await DraftAsync();
        int first = GradientPass.FirstStage(_folder.Architecture, _editor.Layers);
        ExampleBatch batch = new([Edit, Edit], _folder.Architecture, 0);
        Pass tokens = new() { Batch = batch.Inputs, Outputs = PassOutputs.Logits, DraftOnTop = Draft with { Strength = 40 } };
        Assert.True(first > 0, "The pass must begin inside a shard.");

        PassResult expected = await RunAsync(tokens);
        PassResult kept = await RunAsync(tokens with { StartStage = first });
        PassResult bare = await RunAsync(tokens with { DraftOnTop = null });

        Assert.Equal(expected.Logits!.Data, kept.Logits!.Data);
        Assert.NotEqual(expected.Logits.Data, bare.Logits!.Data);
    }

    [Fact]
    public async Task RunAsync_DraftsBefore_AreLaidUnderTheOneOnTop()
    {
        await DraftAsync();
        await KeepCopyAsync("other");
        Pass pass = new() { Batch = new ModelBatch(1, Edit.InputIds), Outputs = PassOutputs.Logits };
        KeptDraft strong = Draft with { Strength = 40 };

        PassResult once = await RunAsync(pass with { DraftOnTop = strong });
        PassResult onEachOther = await RunAsync(pass with { DraftsBefore = [strong], DraftOnTop = strong with { Name = "other" } });
        PassResult inOne = await RunAsync(pass with { DraftOnTop = strong with { Strength = 80 } });

        Assert.NotEqual(once.Logits!.Data, onEachOther.Logits!.Data);
        Assert.All(inOne.Logits!.Data.Zip(onEachOther.Logits.Data), p => Assert.Equal(p.First, p.Second, 1e-3));
    }

    [Fact]
    public async Task AnyMethod_DraftThatIsLost_SaysSo()
    {
        await DraftAsync();
        foreach (int shard in Owners)
        {
            await Host(shard).DiscardAsync([Draft.Name, "unknown"], default);
        }

        ShardHost owner = Host(Owners[0]);
        Pass pass = new() { Batch = new ModelBatch(1, Edit.InputIds), DraftOnTop = Draft };
        Assert.Equal(0, owner.Drafts);
        DraftLostException error = await Assert.ThrowsAsync<DraftLostException>(() => owner.PrepareAsync(Id, Draft, default));
        Assert.Contains($"Shard {Owners[0]} has lost draft draft", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DraftLostException>(() => owner.FactorsAsync(Draft, default));
        await Assert.ThrowsAsync<DraftLostException>(() => RunAsync(pass));
        Assert.Empty(await _disk.ListStagedAsync(default));
    }

    [Fact]
    public async Task KeepAndFactorsAsync_Repeated_GiveTheSame()
    {
        EditFactors made = RandomFactors.Of(_folder.Architecture, 1)[0];
        ShardHost host = Host(_plan.ShardOf(_folder.Architecture.StageOf(made.Layer)));

        await host.KeepAsync("made", [made], default);
        await host.KeepAsync("made", [made], default);

        Assert.Equal(1, host.Drafts);
        KeptDraft draft = new("made", 0.5f, [0]);
        EditFactors once = Assert.Single(await host.FactorsAsync(draft, default));
        EditFactors again = Assert.Single(await host.FactorsAsync(draft, default));
        Assert.Equal((made.Step / 2, made.U, made.Delta), (once.Step, once.U, once.Delta));
        Assert.Equal((once.Step, once.U, once.Delta), (again.Step, again.U, again.Delta));
    }

    [Fact]
    public async Task PrepareAsync_Repeated_IsOneVote()
    {
        await DraftAsync();
        ShardHost host = Host(Owners[^1]);

        IReadOnlyList<FactorReference> first = await host.PrepareAsync(Id, Draft with { Strength = 2 }, default);
        IReadOnlyList<FactorReference> second = await host.PrepareAsync(Id, Draft with { Strength = 2 }, default);

        Assert.Equal(first, second);
        Assert.Single(await _disk.ListStagedAsync(default));
        IReadOnlyList<EditFactors> staged = await _ledger.LoadFactorsAsync(first);
        IReadOnlyList<EditFactors> kept = await host.FactorsAsync(Draft, default);
        Assert.Equal(kept.Select(f => (f.Layer, f.Step * 2)), staged.Select(f => (f.Layer, f.Step)));
    }

    [Fact]
    public async Task PrepareAsync_WithoutALedger_SaysSo()
    {
        using ShardChain chain = ModelFixtures.Load(_folder, 1);

        Assert.Contains(
            "without a ledger",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => chain.Runner.Shards[0].PrepareAsync(Id, Draft, default))).Message,
            StringComparison.Ordinal);
    }

    private ShardHost Host(int shard) => (ShardHost)_chain.Runner.Shards[shard];

    private Task<PassResult> RunAsync(Pass pass) => _chain.Runner.RunAsync(pass, PassHooks.None, default);

    private Task DraftAsync()
    {
        Pass pass = GradientPass.Describe(
            new ExampleBatch([Edit], _folder.Architecture, 0), _folder.Architecture, _editor.Layers, 0);
        return RunAsync(pass with { Drafts = [Draft.Name] });
    }

    private async Task KeepCopyAsync(string name)
    {
        foreach (int shard in Owners)
        {
            await Host(shard).KeepAsync(name, await Host(shard).FactorsAsync(Draft, default), default);
        }
    }

    /// <summary>Edits by a step against the gradient.</summary>
    private sealed class PlainGradient(IReadOnlyList<string> layers) : ILayerEditor
    {
        public IReadOnlyList<string> Layers => layers;

        public bool AnswerRowsOnly => false;

        public Task<EditFactors> FactorsAsync(LayerSignals signals, CancellationToken cancellationToken) =>
            Task.FromResult(new EditFactors(signals.Layer, signals.Rows, signals.Inputs, signals.Outputs, signals.U, signals.Delta, -0.01f));
    }
}
