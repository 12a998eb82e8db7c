using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Generation;

public sealed class TextGeneratorTests : IDisposable
{
    private static readonly int[] Prompt = [11, 42, 7];

    private readonly ModelFolder _folder = ModelFolder.Open(ModelFixtures.Folder("gpt2"));
    private readonly CpuEngine _engine = new(new CpuEngineOptions { Threads = 1 });
    private readonly ShardChain _chain;
    private readonly long _loaded;

    public TextGeneratorTests()
    {
        _chain = ShardChain.Load(
            _folder.Architecture, ShardPlan.Balanced(_folder.Architecture, 2), _folder.Checkpoint, _engine, new StackedVersions(RandomFactors.Of(_folder.Architecture, 1, step: 3)));
        _loaded = _engine.LiveTensors;
    }

    public void Dispose()
    {
        _chain.Dispose();
        _folder.Dispose();
        _engine.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task GenerateAsync_Greedy_TakesTheLikeliestOfTheWholeTextEachTime(long version)
    {
        List<int> expected = [.. Prompt];
        for (int i = 0; i < 12; i++)
        {
            Pass pass = new() { Batch = new ModelBatch(1, [.. expected]), Outputs = PassOutputs.Logits, OutputRows = [expected.Count - 1], Version = version };
            float[] logits = (await _chain.RunAsync(pass, PassHooks.None, default)).Logits!.Data;
            expected.Add(Array.IndexOf(logits, logits.Max()));
        }

        List<int> tokens = await GenerateAsync(new SamplingOptions { MaxNewTokens = 12 }, version: version);

        Assert.Equal(expected.Skip(Prompt.Length), tokens);
    }

    [Fact]
    public async Task GenerateAsync_Preview_IsTheVersionThatHoldsIt() => Assert.Equal(
        await GenerateAsync(new SamplingOptions(), version: 1),
        await GenerateAsync(new SamplingOptions(), preview: RandomFactors.Of(_folder.Architecture, 1, step: 3)));

    [Theory]
    [InlineData(0.7, 1.0)]
    [InlineData(1.5, 0.8)]
    [InlineData(1.0, 0.3)]
    public async Task GenerateAsync_Sampling_RepeatsForASeed(double temperature, double topP)
    {
        SamplingOptions options = new() { Temperature = temperature, TopP = topP, Seed = 5, MaxNewTokens = 30 };

        List<int> tokens = await GenerateAsync(options);

        Assert.Equal(tokens, await GenerateAsync(options));
        Assert.NotEqual(tokens, await GenerateAsync(options with { Seed = 6 }));
    }

    [Fact]
    public async Task GenerateAsync_NucleusOfOneToken_IsGreedy() => Assert.Equal(
        await GenerateAsync(new SamplingOptions()), await GenerateAsync(new SamplingOptions { Temperature = 2, TopP = 1e-9, Seed = 9 }));

    [Fact]
    public async Task GenerateAsync_StopToken_EndsTheTextWithoutIt()
    {
        List<int> whole = await GenerateAsync(new SamplingOptions { MaxNewTokens = 30, Temperature = 3, Seed = 1 });
        int stop = whole[7];

        List<int> tokens = await GenerateAsync(new SamplingOptions { MaxNewTokens = 30, Temperature = 3, Seed = 1 }, stop: stop);

        Assert.Equal(whole.TakeWhile(t => t != stop), tokens);
    }

    [Fact]
    public async Task GenerateAsync_MoreThanThereIsRoomFor_EndsWithTheLastPosition()
    {
        List<int> tokens = await GenerateAsync(new SamplingOptions { MaxNewTokens = 1000 });

        // Every position but that of the last token is read.
        Assert.Equal(48 - Prompt.Length + 1, tokens.Count);
        Assert.Equal(_loaded, _engine.LiveTensors);
    }

    [Fact]
    public async Task GenerateAsync_PromptTooLong_NamesBothNumbers()
    {
        InputTooLongException error = await Assert.ThrowsAsync<InputTooLongException>(() => GenerateAsync(new SamplingOptions(), prompt: new int[49]));

        Assert.Equal((49, 48), (error.Tokens, error.Positions));
        Assert.Equal(_loaded, _engine.LiveTensors);
    }

    [Fact]
    public async Task GenerateAsync_Cancelled_EndsTheSession()
    {
        using CancellationTokenSource source = new();
        List<int> tokens = [];

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (int token in Tokens(Prompt, new SamplingOptions { MaxNewTokens = 10 }, 0, [], null, source.Token))
            {
                tokens.Add(token);
                if (tokens.Count == 3)
                {
                    await source.CancelAsync();
                }
            }
        });

        Assert.Equal(3, tokens.Count);
        Assert.Equal(_loaded, _engine.LiveTensors);
    }

    [Fact]
    public async Task GenerateAsync_ReaderThatStopsListening_EndsTheSession()
    {
        await foreach (int _ in Tokens(Prompt, new SamplingOptions(), 0, [], null, default))
        {
            break;
        }

        Assert.Equal(_loaded, _engine.LiveTensors);
    }

    [Fact]
    public async Task GenerateAsync_SeveralAtOnce_DoNotMix()
    {
        int[][] prompts = [.. Enumerable.Range(1, 6).Select(i => new[] { i, 3 * i, 7 })];
        List<int>[] alone = new List<int>[prompts.Length];
        for (int i = 0; i < prompts.Length; i++)
        {
            alone[i] = await GenerateAsync(new SamplingOptions(), prompt: prompts[i]);
        }

        Assert.Equal(alone, await Task.WhenAll(prompts.Select(p => GenerateAsync(new SamplingOptions(), prompt: p))));
    }

    [Fact]
    public async Task GenerateAsync_ShardThatLosesTheSession_StartsOverWithTheSameText()
    {
        SamplingOptions options = new() { Temperature = 1.5, Seed = 5, MaxNewTokens = 12 };
        Forgetful forgetful = new(_chain, 3, 5, 9);
        List<int> tokens = [];

        await foreach (int token in new TextGenerator(forgetful).GenerateAsync(Prompt, options, new HashSet<int>(), 0, [], default))
        {
            tokens.Add(token);
        }

        Assert.Equal(await GenerateAsync(options), tokens);
        Assert.Equal(12 + 3, forgetful.Passes);
        Assert.Equal(_loaded, _engine.LiveTensors);
    }

    [Theory]
    [InlineData(-1, 0.0, 1.0)]
    [InlineData(1, -0.1, 1.0)]
    [InlineData(1, 0.0, 0.0)]
    [InlineData(1, 0.0, 1.1)]
    public async Task GenerateAsync_OptionsOutOfRange_AreRefused(int tokens, double temperature, double topP) =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => GenerateAsync(new SamplingOptions { MaxNewTokens = tokens, Temperature = temperature, TopP = topP }));

    [Fact]
    public void SamplingOptions_Defaults_AreGreedy() =>
        Assert.Equal(new SamplingOptions { MaxNewTokens = 20, Temperature = 0, TopP = 1, Seed = 0 }, new SamplingOptions());

    private IAsyncEnumerable<int> Tokens(int[] prompt, SamplingOptions options, long version, IReadOnlyList<EditFactors> preview, int? stop, CancellationToken cancellationToken) =>
        new TextGenerator(_chain).GenerateAsync(prompt, options, stop is { } s ? new HashSet<int> { s } : [], version, preview, cancellationToken);

    private async Task<List<int>> GenerateAsync(
        SamplingOptions options, int[]? prompt = null, long version = 0, IReadOnlyList<EditFactors>? preview = null, int? stop = null)
    {
        List<int> tokens = [];
        await foreach (int token in Tokens(prompt ?? Prompt, options, version, preview ?? [], stop, default))
        {
            tokens.Add(token);
        }

        return tokens;
    }

    /// <summary>Loses a pass's session before some of the passes.</summary>
    private sealed class Forgetful(ShardChain chain, params int[] before) : IPassRunner
    {
        public int Passes { get; private set; }

        public ModelArchitecture Architecture => chain.Architecture;

        public IEngine Engine => chain.Engine;

        public async Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken)
        {
            if (before.Contains(++Passes))
            {
                ((ShardHost)chain.Runner.Shards[^1]).Shard.EndSession(Assert.Single(pass.Texts).Session);
            }

            return await chain.RunAsync(pass, hooks, cancellationToken);
        }

        public Task EndSessionAsync(string session) => chain.EndSessionAsync(session);
    }
}
