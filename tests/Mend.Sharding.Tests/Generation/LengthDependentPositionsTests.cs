using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Tensors;

namespace Mend.Sharding.Tests.Generation;

/// <summary>
/// Rotary scalings that look at the length of the text turn earlier keys otherwise once it is longer: those keys, and all hidden
/// states made with them, are made anew.
/// </summary>
public sealed class LengthDependentPositionsTests
{
    /// <summary>The checkpoints change at 8 tokens: once (longrope), or from then on with every token (dynamic).</summary>
    [Theory]
    [InlineData("llama_rope_linear", "0 6 7 8 9")]
    [InlineData("llama_rope_longrope", "0 6 7 0 9")]
    [InlineData("llama_rope_dynamic", "0 6 7 0 0")]
    public async Task GenerateAsync_PastTheLimit_ReadsEverythingAnewAsOftenAsItChanges(string name, string held)
    {
        using ModelFolder folder = ModelFolder.Open(ModelFixtures.Folder($"families/{name}"));
        using ShardChain chain = ModelFixtures.Load(folder, 2);
        Watched runner = new(chain);
        int[] prompt = [11, 42, 7, 63, 20, 35];
        List<int> text = [.. prompt];

        SamplingOptions greedy = new() { MaxNewTokens = 5 };
        await foreach (int token in new TextGenerator(runner).GenerateAsync(prompt, greedy, new HashSet<int>(), 0, [], default))
        {
            Pass whole = new() { Batch = new ModelBatch(1, [.. text]), Outputs = PassOutputs.Logits, OutputRows = [text.Count - 1] };
            float[] expected = (await chain.RunAsync(whole, PassHooks.None, default)).Logits!.Data;
            float[] actual = runner.Logits[text.Count - prompt.Length];
            float scale = expected.Max(Math.Abs);
            Assert.All(expected, (logit, at) => Assert.InRange(actual[at], logit - (1e-5f * scale), logit + (1e-5f * scale)));
            text.Add(token);
        }

        Assert.Equal(held, string.Join(' ', runner.Held));
        Assert.Equal(runner.Begun.Order(), runner.Ended.Order());
    }

    private sealed class Watched(ShardChain chain) : IPassRunner
    {
        public List<int> Held { get; } = [];

        public List<float[]> Logits { get; } = [];

        public HashSet<string> Begun { get; } = [];

        public HashSet<string> Ended { get; } = [];

        public ModelArchitecture Architecture => chain.Architecture;

        public IEngine Engine => chain.Engine;

        public async Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken)
        {
            TextRows text = Assert.Single(pass.Texts);
            Held.Add(text.Past);
            Begun.Add(text.Session);
            PassResult result = await chain.RunAsync(pass with { Outputs = PassOutputs.Logits }, hooks, cancellationToken);
            Logits.Add(result.Logits!.Data);
            return result;
        }

        public Task EndSessionAsync(string session)
        {
            Ended.Add(session);
            return chain.EndSessionAsync(session);
        }
    }
}
