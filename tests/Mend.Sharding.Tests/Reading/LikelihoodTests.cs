using Mend.Editing;
using Mend.Ledger;
using Mend.Models.Execution;

namespace Mend.Sharding.Tests.Reading;

/// <summary>How likely tokens of prompts and answers are: against the softmax of one plain pass over the whole text.</summary>
public sealed class LikelihoodTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    public async Task AnswerAsync_Alternatives_AreThoseOfThePass(int alternatives)
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        List<ChosenToken> told = [];
        Question question = new("the sky is")
        {
            Alternatives = alternatives,
            ScoresPrompt = true,
            Sampling = new SamplingOptions { MaxNewTokens = 6, Temperature = 1.5, Seed = 4 },
            OnPiece = piece => told.AddRange(piece.Tokens),
        };

        Answer answer = await model.AnswerAsync(question);

        int[] prompt = model.Encoder.EncodePrompt(question.Prompt);
        Assert.Equal((6, prompt.Length, AnswerEnd.Length), (answer.Tokens, answer.PromptTokens, answer.End));
        Assert.Equal(prompt, answer.Prompt.Select(t => t.Id));
        int[] whole = [.. prompt, .. told.Select(t => t.Id)];
        double[][] expected = await LogSoftmaxAsync(model, whole);
        ChosenToken[] chosen = [.. answer.Prompt, .. told];
        Assert.Empty(chosen[0].Alternatives);
        for (int i = 1; i < chosen.Length; i++)
        {
            double[] row = expected[i - 1];
            Assert.Equal(row[chosen[i].Id], chosen[i].LogProbability, 1e-4);
            Assert.Equal(alternatives, chosen[i].Alternatives.Count);
            double[] best = [.. row.OrderDescending().Take(alternatives)];
            Assert.All(chosen[i].Alternatives.Zip(best), pair => Assert.Equal(pair.Second, pair.First.LogProbability, 1e-4));
            Assert.All(chosen[i].Alternatives, a => Assert.Equal(row[a.Id], a.LogProbability, 1e-4));
        }
    }

    [Fact]
    public async Task AnswerAsync_NoTokensWanted_ScoresThePromptAlone()
    {
        await using EmbeddedModel model = await folder.OpenAsync();

        Answer answer = await model.AnswerAsync(new Question("so it is") { Alternatives = 0, ScoresPrompt = true, Sampling = new SamplingOptions { MaxNewTokens = 0 } });

        Assert.Equal(("", 0, AnswerEnd.Length, 8), (answer.Text, answer.Tokens, answer.End, answer.Prompt.Count));
        Assert.All(answer.Prompt, t => Assert.Empty(t.Alternatives));
    }

    [Fact]
    public async Task AnswerAsync_PromptAsTokens_IsTheSamePrompt()
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        int[] tokens = model.Encoder.EncodePrompt("the sky is");

        Assert.Equal((await model.AnswerAsync(new Question("the sky is"))).Text, (await model.AnswerAsync(new Question("") { PromptTokens = tokens })).Text);
        EditRequestException error = await Assert.ThrowsAsync<EditRequestException>(() => model.AnswerAsync(new Question("") { PromptTokens = [1, -7] }));
        Assert.Contains("token -7", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswerAsync_StopText_EndsTheAnswerBeforeIt()
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        Question question = new("the sky is") { Sampling = new SamplingOptions { MaxNewTokens = 12 } };
        string whole = (await model.AnswerAsync(question)).Text;

        Answer stopped = await model.AnswerAsync(question with { Stops = [whole[4..6]] });

        Assert.Equal(whole[..whole.IndexOf(whole[4..6], StringComparison.Ordinal)], stopped.Text);
        Assert.Equal(AnswerEnd.Stop, stopped.End);
        Assert.True(stopped.Tokens < 12, $"{stopped.Tokens} tokens");
    }

    [Fact]
    public async Task AnswerAsync_LongPrompt_IsScoredInChunksAsInOnePass()
    {
        await using EmbeddedModel model = await folder.OpenAsync();
        int positions = model.Architecture.MaxPositions!.Value;
        int[] prompt = [.. Enumerable.Range(0, positions).Select(i => 1 + (i * 7 % 90))];
        Question question = new("") { PromptTokens = prompt, Alternatives = 1, ScoresPrompt = true, Sampling = new SamplingOptions { MaxNewTokens = 0 } };

        Answer answer = await model.AnswerAsync(question);
        IReadOnlyList<ChosenToken> chunked = await new PromptScores(model.Runner, 5).ReadAsync(prompt, 1, ModelVersion.Base, [], default);

        double[][] expected = await LogSoftmaxAsync(model, prompt);
        Assert.All(Enumerable.Range(1, positions - 1), i => Assert.Equal(expected[i - 1][prompt[i]], answer.Prompt[i].LogProbability, 1e-4));
        Assert.All(Enumerable.Range(1, positions - 1), i => Assert.Equal(expected[i - 1][prompt[i]], chunked[i].LogProbability, 1e-4));
        await Assert.ThrowsAsync<InputTooLongException>(() => model.AnswerAsync(question with { PromptTokens = [.. prompt, 1] }));
    }

    private static async Task<double[][]> LogSoftmaxAsync(EmbeddedModel model, int[] tokens)
    {
        PassResult pass = await model.Runner.RunAsync(new Pass { Batch = new ModelBatch(1, tokens), Outputs = PassOutputs.LogProbabilities }, PassHooks.None, default);
        return [.. pass.LogProbabilities!.Data.Chunk(pass.LogProbabilities.Shape.Last).Select(row => row.Select(v => (double)v).ToArray())];
    }
}
