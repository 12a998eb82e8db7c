using System.Collections.Concurrent;
using CsCheck;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Sharding.Tests.Generation;

/// <summary>Texts that are generated together have the logits that they have alone, bit for bit, whoever joins and leaves, and what befalls one is not the others' affair.</summary>
public sealed class BatchingTests
{
    /// <summary>Families with every kind of positions, windows, limits, experts, latent attention and an encoder.</summary>
    public static TheoryData<string, int> Families
    {
        get
        {
            TheoryData<string, int> cases = [];
            foreach (string name in (string[])[
                "gpt2", "gpt_neo", "gptj", "llama", "t5", "bart", "families/gemma2", "families/gemma3_text", "families/phi3", "families/falcon", "families/falcon_7b",
                "families/mixtral", "families/qwen3_moe", "families/deepseek_v3", "families/opt", "families/llama_rope_dynamic", "families/cohere2"])
            {
                cases.Add(name, 1);
                cases.Add(name, 3);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Families))]
    public async Task GenerateAsync_TextsThatJoinAndLeave_HaveTheLogitsTheyHaveAlone(string name, int shards)
    {
        using ModelFolder folder = ModelFolder.Open(ModelFixtures.Folder(name));
        using CpuEngine engine = new(new CpuEngineOptions { Threads = 2 });
        using ShardChain chain = ModelFixtures.Load(folder, shards, engine);
        long loaded = engine.LiveTensors;
        foreach (Wish[] wishes in Wish.Some(folder.Architecture).Array[6].Take(2, seed: 140))
        {
            Recorded[] alone = new Recorded[wishes.Length];
            for (int i = 0; i < wishes.Length; i++)
            {
                alone[i] = Assert.Single(await RunAsync(chain, [wishes[i] with { JoinAt = 0 }], GenerationOptions.DefaultRowsPerStep));
            }

            // Few rows, so that prompts come in pieces and texts take turns.
            Recorded[] together = await RunAsync(chain, wishes, rows: 5);

            for (int i = 0; i < wishes.Length; i++)
            {
                Assert.Equal(alone[i].Tokens, together[i].Tokens);
                Assert.Equal(alone[i].Logits, together[i].Logits);
            }

            Assert.Equal(loaded, engine.LiveTensors);
        }
    }

    [Fact]
    public async Task GenerateAsync_ManyAtOnce_TakesAPassPerStep()
    {
        using Setup setup = new("gpt2");
        Passes passes = new(setup.Chain);
        TextGenerator generator = new(passes);
        int[][] prompts = [.. Enumerable.Range(1, 12).Select(i => new[] { i, 2 * i, 3 * i })];

        passes.Hold();
        Task<List<int>>[] texts = [.. prompts.Select(p => TokensAsync(generator, p, new SamplingOptions { MaxNewTokens = 8 }))];
        passes.Release();
        await Task.WhenAll(texts);

        // The first text may be on its way before the others come.
        Assert.InRange(passes.Seen.Count, 8, 9);
        Assert.Contains(passes.Seen, p => p.Texts.Count >= 11);
    }

    [Fact]
    public async Task GenerateAsync_LongPromptAmongRunningTexts_IsReadInPieces()
    {
        using Setup setup = new("llama");
        Passes passes = new(setup.Chain);
        TextGenerator generator = new(passes, new GenerationOptions { RowsPerStep = 8 });
        int[] prompt = [.. Enumerable.Range(1, 30)];

        passes.Hold();
        Task<List<int>> running = TokensAsync(generator, [5], new SamplingOptions { MaxNewTokens = 10 });
        Task<List<int>> reading = TokensAsync(generator, prompt, new SamplingOptions { MaxNewTokens = 2 });
        passes.Release();
        await Task.WhenAll(running, reading);

        Assert.All(passes.Seen, p => Assert.InRange(p.Batch.Length, 1, 8));
        string first = passes.Seen.First(p => p.Texts.Any(t => t.Count > 1)).Texts.First(t => t.Count > 1).Session;
        Pass[] pieces = [.. passes.Seen.Where(p => p.Texts.Any(t => t.Session == first && t.Past < prompt.Length))];
        Assert.InRange(pieces.Length, 4, 6);
        Assert.All(pieces[..^1], p => Assert.Null(p.Texts.Single(t => t.Session == first).Choice));
        Assert.All(pieces.Skip(1), p => Assert.Equal(2, p.Texts.Count));
    }

    [Fact]
    public async Task GenerateAsync_VersionsAndPreviews_DoNotMix()
    {
        using Setup setup = new("gpt2", versions: 2);
        Passes passes = new(setup.Chain);
        TextGenerator generator = new(passes);
        IReadOnlyList<EditFactors> preview = RandomFactors.Of(setup.Folder.Architecture, 1, step: 5);
        (long Version, IReadOnlyList<EditFactors> Preview)[] kinds = [(0, []), (1, []), (2, []), (1, preview), (1, preview)];
        List<int>[] alone = new List<int>[kinds.Length];
        for (int i = 0; i < kinds.Length; i++)
        {
            alone[i] = await TokensAsync(generator, [11, 42, 7], new SamplingOptions { MaxNewTokens = 12 }, kinds[i].Version, kinds[i].Preview);
        }

        List<int>[] together = await Task.WhenAll(kinds.Select(k => TokensAsync(generator, [11, 42, 7], new SamplingOptions { MaxNewTokens = 12 }, k.Version, k.Preview)));

        Assert.Equal(alone, together);
        Assert.True(alone.Take(4).Distinct(EqualityComparer<List<int>>.Create((a, b) => a!.SequenceEqual(b!), _ => 0)).Count() > 1);
        Assert.All(passes.Seen, p => Assert.Equal(p.Texts.Count, p.Version == 0 || p.Preview.Count == 0 ? 1 : p.Texts.Count));
    }

    [Fact]
    public async Task GenerateAsync_OneCancelled_LeavesAndGivesItsCacheBackWhileOthersGoOn()
    {
        using Setup setup = new("gpt2");
        Passes passes = new(setup.Chain);
        TextGenerator generator = new(passes);
        List<int> expected = await TokensAsync(generator, [9, 8], new SamplingOptions { MaxNewTokens = 30 });
        using CancellationTokenSource source = new();
        List<int> seen = [];
        passes.Hold();
        Task<List<int>> other = TokensAsync(generator, [9, 8], new SamplingOptions { MaxNewTokens = 30 });
        Task leaving = Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (int token in generator.GenerateAsync([3, 4, 5], new SamplingOptions { MaxNewTokens = 40 }, new HashSet<int>(), 0, [], source.Token))
            {
                seen.Add(token);
                if (seen.Count == 2)
                {
                    await source.CancelAsync();
                }
            }
        });
        passes.Release();

        await leaving;
        Assert.Equal(2, seen.Count);
        Assert.Equal(expected, await other);
        Assert.Equal(setup.Loaded, setup.Engine.LiveTensors);
    }

    /// <summary>A step that nobody waits for any more is not computed to its end.</summary>
    [Fact]
    public async Task GenerateAsync_AllOfAStepCancelled_CancelsThePass()
    {
        using Setup setup = new("gpt2");
        Passes passes = new(setup.Chain);
        TextGenerator generator = new(passes);
        using CancellationTokenSource source = new();
        passes.Hold();
        Task[] texts = [.. Enumerable.Range(1, 3).Select(i => Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (int _ in generator.GenerateAsync([i], new SamplingOptions(), new HashSet<int>(), 0, [], source.Token))
            {
            }
        }))];
        await passes.Held;

        await source.CancelAsync();
        await Task.WhenAll(texts);

        Assert.True(passes.LastToken.IsCancellationRequested);
        Assert.Equal(setup.Loaded, setup.Engine.LiveTensors);
    }

    /// <summary>A pass that one text spoils: the others come to their ends, and it alone is told.</summary>
    [Fact]
    public async Task GenerateAsync_OneThatSpoilsThePass_FailsAlone()
    {
        using Setup setup = new("gpt2");
        Passes passes = new(setup.Chain) { Spoils = pass => pass.Batch.InputIds.Contains(77) ? new InvalidOperationException("77") : null };
        TextGenerator generator = new(passes);
        SamplingOptions options = new() { MaxNewTokens = 9, Temperature = 1.2, Seed = 4 };
        List<int> expected = await TokensAsync(new TextGenerator(setup.Chain), [1, 2], options);
        Assert.DoesNotContain(77, expected);
        passes.Hold();
        Task<List<int>>[] good = [.. Enumerable.Range(0, 3).Select(_ => TokensAsync(generator, [1, 2], options))];
        Task<List<int>> bad = TokensAsync(generator, [5, 77, 6], options);
        passes.Release();

        Assert.Equal("77", (await Assert.ThrowsAsync<InvalidOperationException>(() => bad)).Message);
        Assert.All(await Task.WhenAll(good), tokens => Assert.Equal(expected, tokens));
        Assert.Equal(setup.Loaded, setup.Engine.LiveTensors);
    }

    /// <summary>What passes by itself is told to every text, as callers try again.</summary>
    [Fact]
    public async Task GenerateAsync_ShardThatCannotBeReached_IsToldToEveryText()
    {
        using Setup setup = new("gpt2");
        Passes passes = new(setup.Chain) { Spoils = pass => pass.Texts.Any(t => t.Past > 3) ? new RetryableException("gone") : null };
        TextGenerator generator = new(passes);

        Task<List<int>>[] texts = [.. Enumerable.Range(1, 4).Select(i => TokensAsync(generator, [i, i], new SamplingOptions { MaxNewTokens = 9 }))];

        foreach (Task<List<int>> text in texts)
        {
            Assert.Equal("gone", (await Assert.ThrowsAsync<RetryableException>(() => text)).Message);
        }

        Assert.Equal(setup.Loaded, setup.Engine.LiveTensors);
    }

    [Fact]
    public async Task GenerateAsync_OneSessionLost_IsReadAgainWhileOthersGoOn()
    {
        using Setup setup = new("gpt2");
        Passes passes = new(setup.Chain);
        int lost = 0;
        passes.Before = pass =>
        {
            if (pass.Texts.Count == 3 && pass.Texts[1].Past > 4 && lost++ == 0)
            {
                ((ShardHost)setup.Chain.Runner.Shards[^1]).Shard.EndSession(pass.Texts[1].Session);
            }
        };
        TextGenerator generator = new(passes);
        SamplingOptions Options(int seed) => new() { MaxNewTokens = 12, Temperature = 1.5, Seed = seed };
        List<int>[] alone = new List<int>[3];
        for (int i = 0; i < 3; i++)
        {
            alone[i] = await TokensAsync(new TextGenerator(setup.Chain), [i + 1, 9], Options(i));
        }

        passes.Hold();
        Task<List<int>>[] texts = [.. Enumerable.Range(0, 3).Select(i => TokensAsync(generator, [i + 1, 9], Options(i)))];
        passes.Release();

        Assert.Equal(alone, await Task.WhenAll(texts));
        Assert.True(lost > 0);
        Assert.Equal(4, passes.Seen.SelectMany(p => p.Texts).Select(t => t.Session).Distinct().Count());
        Assert.Equal(setup.Loaded, setup.Engine.LiveTensors);
    }

    /// <summary>Memory for about two of six texts: those that have no room wait for the others, and all come to the end that they have alone.</summary>
    [Fact]
    public async Task GenerateAsync_MoreThanTheMemoryHolds_WaitForOneAnother()
    {
        using Setup free = new("gpt2");
        long perText = free.Folder.Architecture.Stages.Count(s => s.Kind == StageKind.Block) * 2L * free.Folder.Architecture.Width * KeyValues.PageTokens * sizeof(float);
        using Setup setup = new("gpt2", options: new ShardOptions { SessionBytes = perText });
        Passes passes = new(setup.Chain);
        TextGenerator generator = new(passes);
        List<int>[] alone = new List<int>[6];
        for (int i = 0; i < alone.Length; i++)
        {
            alone[i] = await TokensAsync(new TextGenerator(free.Chain), [i + 1, 9], new SamplingOptions { MaxNewTokens = 10 });
        }

        List<int>[] together = await Task.WhenAll(Enumerable.Range(0, alone.Length).Select(i => TokensAsync(generator, [i + 1, 9], new SamplingOptions { MaxNewTokens = 10 })));

        Assert.Equal(alone, together);
        Assert.True(passes.Results.SelectMany(r => r.Texts).Any(t => t.Fault == TextFault.NoRoom), "Nobody had to wait.");
        Assert.Equal(setup.Loaded, setup.Engine.LiveTensors);
    }

    [Fact]
    public async Task GenerateAsync_NoMemoryAndNobodyToWaitFor_IsRefusedForNow()
    {
        using Setup setup = new("gpt2", options: new ShardOptions { SessionBytes = 1 });
        Pass other = new() { Batch = new Mend.Models.Execution.ModelBatch(1, [1, 2]), Texts = [new TextRows("other", 0, 2)] };
        await setup.Chain.RunAsync(other, PassHooks.None, default);

        RetryableException error = await Assert.ThrowsAsync<RetryableException>(() => TokensAsync(new TextGenerator(setup.Chain), [5], new SamplingOptions()));

        Assert.Contains("Silo:SessionMemory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NoTokenWanted_ComputesNoLogits()
    {
        using Setup setup = new("gpt2");
        Pass pass = new() { Batch = new Mend.Models.Execution.ModelBatch(1, [1, 2]), Texts = [new TextRows("s", 0, 2)] };

        PassResult result = await setup.Chain.RunAsync(pass, PassHooks.None, default);

        Assert.Equal(TextFault.None, Assert.Single(result.Texts).Fault);
        await setup.Chain.EndSessionAsync("s");
    }

    private static async Task<Recorded[]> RunAsync(ShardChain chain, Wish[] wishes, int rows)
    {
        Passes passes = new(chain) { KeepsLogits = true };
        TextGenerator generator = new(passes, new GenerationOptions { RowsPerStep = rows });
        Task<Recorded>[] texts = new Task<Recorded>[wishes.Length];
        TaskCompletionSource[] joins = [.. wishes.Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously))];
        passes.Before = _ =>
        {
            foreach ((Wish wish, TaskCompletionSource join) in wishes.Zip(joins))
            {
                if (wish.JoinAt <= passes.Seen.Count)
                {
                    join.TrySetResult();
                }
            }
        };
        for (int i = 0; i < wishes.Length; i++)
        {
            Wish wish = wishes[i];
            Task join = wish.JoinAt == 0 ? Task.CompletedTask : joins[i].Task;
            texts[i] = Task.Run(async () =>
            {
                await join;
                List<int> tokens = [];
                await foreach (int token in generator.GenerateAsync(wish.Prompt, wish.Options, new HashSet<int>(), 0, [], default))
                {
                    tokens.Add(token);
                    if (tokens.Count == wish.LeaveAfter)
                    {
                        break;
                    }
                }

                return new Recorded(tokens, []);
            });
        }

        // Those that nobody is left to let in come now.
        await Task.WhenAll(texts.Where((_, i) => wishes[i].JoinAt == 0));
        foreach (TaskCompletionSource join in joins)
        {
            join.TrySetResult();
        }

        Recorded[] recorded = await Task.WhenAll(texts);
        return [.. recorded.Select((r, i) => r with { Logits = passes.LogitsOf(wishes[i].Prompt, r.Tokens) })];
    }

    private static async Task<List<int>> TokensAsync(
        TextGenerator generator, int[] prompt, SamplingOptions options, long version = 0, IReadOnlyList<EditFactors>? preview = null)
    {
        List<int> tokens = [];
        await foreach (int token in generator.GenerateAsync(prompt, options, new HashSet<int>(), version, preview ?? [], default))
        {
            tokens.Add(token);
        }

        return tokens;
    }

    /// <summary>A text that somebody wants.</summary>
    private sealed record Wish(int[] Prompt, SamplingOptions Options, int JoinAt, int LeaveAfter)
    {
        public static Gen<Wish> Some(ModelArchitecture architecture) => Gen.Select(
            Gen.Int[0, Math.Min(90, architecture.Vocabulary) - 1].Array[1, 14], Gen.Int[1, 12], Gen.Bool, Gen.Int[1, 1000], Gen.Int[0, 9], Gen.Int[1, 15],
            (prompt, most, draws, seed, join, leave) => new Wish(
                prompt, new SamplingOptions { MaxNewTokens = most, Temperature = draws ? 1.3 : 0, TopP = draws ? 0.9 : 1, Seed = seed }, join < 4 ? 0 : join, leave));
    }

    private sealed record Recorded(List<int> Tokens, List<float[]> Logits);

    private sealed class Setup : IDisposable
    {
        public Setup(string name, int versions = 0, ShardOptions? options = null)
        {
            Folder = ModelFolder.Open(ModelFixtures.Folder(name));
            IVersionFactors factors = versions == 0 ? new BaseOnly() : new StackedVersions([.. Enumerable.Range(1, versions).Select(v => RandomFactors.Of(Folder.Architecture, v, step: 3))]);
            Chain = ShardChain.Load(Folder.Architecture, ShardPlan.Balanced(Folder.Architecture, 2), Folder.Checkpoint, Engine, factors, options);
            Loaded = Engine.LiveTensors;
        }

        public ModelFolder Folder { get; }

        public CpuEngine Engine { get; } = new(new CpuEngineOptions { Threads = 1 });

        public ShardChain Chain { get; }

        public long Loaded { get; }

        public void Dispose()
        {
            Chain.Dispose();
            Folder.Dispose();
            Engine.Dispose();
        }
    }

    /// <summary>Looks at the passes of a chain, holds them, or spoils them.</summary>
    private sealed class Passes(ShardChain chain) : IPassRunner
    {
        private readonly ConcurrentDictionary<string, List<int>> _read = [];
        private readonly ConcurrentDictionary<string, float[]> _logits = [];
        private TaskCompletionSource? _gate;
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<Pass> Seen { get; } = [];

        public List<PassResult> Results { get; } = [];

        public bool KeepsLogits { get; init; }

        public Func<Pass, Exception?>? Spoils { get; init; }

        public Action<Pass>? Before { get; set; }

        public CancellationToken LastToken { get; private set; }

        /// <summary>Ends once a pass is held.</summary>
        public Task Held => _held.Task;

        public ModelArchitecture Architecture => chain.Architecture;

        public IEngine Engine => chain.Engine;

        public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _gate!.SetResult();

        public async Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken)
        {
            LastToken = cancellationToken;
            if (_gate is { } gate)
            {
                _held.TrySetResult();
                await gate.Task.WaitAsync(cancellationToken);
            }

            lock (Seen)
            {
                Seen.Add(pass);
            }

            Before?.Invoke(pass);
            if (Spoils?.Invoke(pass) is { } error)
            {
                throw error;
            }

            PassResult result = await chain.RunAsync(KeepsLogits ? pass with { Outputs = PassOutputs.Logits } : pass, hooks, cancellationToken);
            lock (Seen)
            {
                Results.Add(result);
            }

            if (KeepsLogits)
            {
                Keep(pass, result);
            }

            return result;
        }

        public Task EndSessionAsync(string session) => chain.EndSessionAsync(session);

        /// <summary>The rows of logits that a text's tokens were chosen from.</summary>
        public List<float[]> LogitsOf(int[] prompt, List<int> tokens)
        {
            int[] text = Architecture.Task == ModelTask.SequenceToSequence ? [.. prompt, Architecture.DecoderStart ?? 0] : prompt;
            return [.. Enumerable.Range(0, tokens.Count).Select(i => _logits[string.Join(' ', text.Concat(tokens.Take(i)))])];
        }

        /// <summary>Whoever reads the same text must get the same logits, bit for bit.</summary>
        private void Keep(Pass pass, PassResult result)
        {
            int[] ids = pass.Batch.DecoderIds ?? pass.Batch.InputIds;
            (int row, int choice, int width) = (0, 0, result.Logits!.Shape.Last);
            foreach (TextRows text in pass.Texts)
            {
                List<int> read = _read.GetOrAdd(text.Session, _ => pass.Batch.DecoderIds is null ? [] : [.. pass.Batch.InputIds]);
                read.AddRange(ids[row..(row + text.Count)]);
                row += text.Count;
                if (text.Choice is not null)
                {
                    float[] logits = result.Logits.Data[(choice * width)..(++choice * width)];
                    Assert.Equal(_logits.GetOrAdd(string.Join(' ', read), logits), logits);
                }
            }
        }
    }
}
