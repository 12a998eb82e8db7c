using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;

namespace Mend.Sharding.Tests.Families;

/// <summary>Generation token by token, with keys and values cached in the shards, is what computing the whole text anew gives.</summary>
public sealed class GenerationTests
{
    private const int Tokens = 10;

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt_neo")]
    [InlineData("gptj")]
    [InlineData("llama")]
    [InlineData("t5")]
    [InlineData("t5_v1_1")]
    [InlineData("bart")]
    [InlineData("families/qwen3_moe")]
    [InlineData("families/deepseek_v2")]
    [MemberData(nameof(FamilyModel.Decoders), MemberType = typeof(FamilyModel))]
    public async Task RunAsync_WithACache_GivesTheLogitsOfTheWholeText(string name)
    {
        using FamilyModel model = new(name);
        bool encodes = model.Architecture.Task == ModelTask.SequenceToSequence;
        int[] prompt = [11, 42, 7, 63, 20, 35];
        int[] text = encodes ? [model.Architecture.DecoderStart ?? 0] : prompt;
        int fresh = text.Length;
        for (int i = 0; i < Tokens; i++)
        {
            ModelBatch Batch(int[] ids) => encodes ? new ModelBatch(1, prompt) { DecoderIds = ids } : new ModelBatch(1, ids);
            Pass whole = new() { Batch = Batch(text), Outputs = PassOutputs.Logits, OutputRows = [text.Length - 1] };
            Pass step = new()
            {
                Batch = Batch(text[^fresh..]),
                Outputs = PassOutputs.Logits,
                OutputRows = [fresh - 1],
                Texts = [new TextRows("one", text.Length - fresh, fresh)],
                StartStage = i == 0 ? 0 : model.Architecture.DecoderStage,
            };

            float[] expected = (await model.Chain.RunAsync(whole, PassHooks.None, default)).Logits!.Data;
            float[] actual = (await model.Chain.RunAsync(step, PassHooks.None, default)).Logits!.Data;

            float scale = expected.Max(Math.Abs);
            Assert.All(expected, (logit, at) => Assert.InRange(actual[at], logit - (1e-5f * scale), logit + (1e-5f * scale)));
            text = [.. text, Array.IndexOf(expected, expected.Max())];
            fresh = 1;
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("gpt_neo")]
    [InlineData("gptj")]
    [InlineData("llama")]
    [InlineData("bart")]
    [InlineData("bert_classifier")]
    [InlineData("families/opt")]
    [InlineData("families/gpt_bigcode")]
    [InlineData("families/falcon")]
    public async Task RunAsync_MoreTokensThanPositions_NamesBothNumbers(string name)
    {
        using FamilyModel model = new(name);
        int positions = model.Architecture.MaxPositions ?? 0;
        Pass pass = new() { Batch = new ModelBatch(1, new int[positions + 1]) { DecoderIds = name == "bart" ? [2] : null }, Outputs = PassOutputs.Logits };

        InputTooLongException error = await Assert.ThrowsAsync<InputTooLongException>(() => model.Chain.RunAsync(pass, PassHooks.None, default));

        Assert.Equal((positions + 1, positions), (error.Tokens, error.Positions));
    }

    [Fact]
    public async Task RunAsync_T5_TakesTextsOfAnyLength()
    {
        using FamilyModel model = new("t5");
        Pass pass = new() { Batch = new ModelBatch(1, [.. Enumerable.Range(0, 300).Select(i => i % 90)]) { DecoderIds = new int[200] }, Outputs = PassOutputs.Logits };

        float[] logits = (await model.Chain.RunAsync(pass, PassHooks.None, default)).Logits!.Data;

        Assert.All(logits, l => Assert.True(float.IsFinite(l)));
    }

    [Fact]
    public async Task GenerateAsync_Classifier_SaysThatItHasNoText()
    {
        using FamilyModel model = new("bert_classifier");
        IAsyncEnumerator<int> tokens = new TextGenerator(model.Chain).GenerateAsync([5], new SamplingOptions(), new HashSet<int>(), 0, [], default).GetAsyncEnumerator();

        await Assert.ThrowsAsync<ModelException>(async () => await tokens.MoveNextAsync());
    }
}
