using System.ClientModel;
using System.Net;
using System.Text.Json;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using OpenAI.Chat;
using OpenAI.Models;

namespace Mend.Gateway.Tests.Reading;

public sealed class ReadingInOneProcess(OneProcess site) : ReadingTests(site), IClassFixture<OneProcess>;

public sealed class ReadingFromThreeSilos(ThreeSilos site) : ReadingTests(site), IClassFixture<ThreeSilos>;

/// <summary>What clients of OpenAI's API read, by its own client and by plain requests.</summary>
public abstract class ReadingTests(Site site)
{
    private const string Prompt = "the sky is";

    [Fact]
    public async Task Models_OfTheClient_AreTheNameAndTheVersions()
    {
        EditOutcome edit = await site.Model.EditAsync([EditableFolder.Edits[0] with { IdempotencyKey = "models" }]);
        OpenAIModelClient client = site.OpenAI().GetOpenAIModelClient();

        OpenAIModelCollection models = (await client.GetModelsAsync()).Value;
        OpenAIModel one = (await client.GetModelAsync($"{Site.Name}@{edit.Version}")).Value;

        Assert.Equal(["tiny", "tiny@0", "tiny@1"], models.Select(m => m.Id).Take(3));
        Assert.Equal(("tiny@1", "mend"), (one.Id, one.OwnedBy));
        (_, JsonElement body) = await site.GetAsync("/v1/models/tiny@1");
        Assert.Equal("tiny@0", body.GetProperty("parent").GetString());
        ClientResultException error = await Assert.ThrowsAsync<ClientResultException>(() => client.GetModelAsync("gpt-4"));
        Assert.Equal(404, error.Status);
        Assert.Contains("There is no model 'gpt-4'; 'tiny' is served", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completions_Greedy_IsTheModelsAnswerOfTheVersion()
    {
        EditOutcome edit = await site.Model.EditAsync([EditableFolder.Edits[0] with { IdempotencyKey = "models" }]);
        foreach (long version in new[] { 0, edit.Version.Number })
        {
            Answer expected = await site.Model.AnswerAsync(new Question(Prompt, new ModelVersion(version)) { Sampling = new SamplingOptions { MaxNewTokens = 6 } });

            (HttpStatusCode status, JsonElement body) = await site.PostAsync("/v1/completions", new { model = $"tiny@{version}", prompt = Prompt, max_tokens = 6, temperature = 0, foo = new[] { 1 }, user = "u" });

            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal(expected.Text, body.GetProperty("choices")[0].GetProperty("text").GetString());
            Assert.Equal("length", body.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
            Assert.Equal($"tiny@{version}", body.GetProperty("model").GetString());
            Assert.EndsWith($"@{version}", body.GetProperty("system_fingerprint").GetString(), StringComparison.Ordinal);
            Assert.Equal((Prompt.Length, 6, Prompt.Length + 6), Usage(body));
        }
    }

    [Fact]
    public async Task Completions_SeveralPromptsAndChoices_AreInOrderAndDrawnApart()
    {
        (_, JsonElement body) = await site.PostAsync("/v1/completions", new { prompt = new[] { "a", "so it" }, n = 3, max_tokens = 8, temperature = 2, seed = 7 });
        (_, JsonElement again) = await site.PostAsync("/v1/completions", new { prompt = "so it", n = 3, max_tokens = 8, temperature = 2, seed = 7 });

        string[] texts = [.. body.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()!)];
        Assert.Equal([0, 1, 2, 3, 4, 5], body.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("index").GetInt32()));
        Assert.Equal(texts[3..], again.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()!));
        Assert.Equal(3, texts[3..].Distinct().Count());
        Assert.Equal((6, 48, 54), Usage(body));
    }

    [Theory]
    [InlineData("\"so it\"")]
    [InlineData("[\"so it\"]")]
    [InlineData("TOKENS")]
    [InlineData("[TOKENS]")]
    public async Task Completions_EachFormOfPrompt_IsTheSamePrompt(string prompt)
    {
        string tokens = JsonSerializer.Serialize(site.Model.Tokenizer.Encode("so it"));
        string expected = (await site.Model.AnswerAsync(new Question("so it", ModelVersion.Base) { Sampling = new SamplingOptions { MaxNewTokens = 4 } })).Text;

        (_, JsonElement body) = await site.PostAsync("/v1/completions", $$"""{"model": "tiny@0", "prompt": {{prompt.Replace("TOKENS", tokens, StringComparison.Ordinal)}}, "max_tokens": 4, "temperature": 0}""");

        Assert.Equal(expected, body.GetProperty("choices")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Completions_EchoWithLogprobs_TellsThePromptsTokensToo()
    {
        List<ChosenToken> said = [];
        Answer expected = await site.Model.AnswerAsync(new Question(Prompt, ModelVersion.Base)
        {
            Alternatives = 2,
            ScoresPrompt = true,
            Sampling = new SamplingOptions { MaxNewTokens = 3 },
            OnPiece = piece => said.AddRange(piece.Tokens),
        });

        (_, JsonElement body) = await site.PostAsync("/v1/completions", new { model = "tiny@0", prompt = Prompt, max_tokens = 3, temperature = 0, logprobs = 2, echo = true });
        (_, JsonElement alone) = await site.PostAsync("/v1/completions", new { model = "tiny@0", prompt = Prompt, max_tokens = 0, logprobs = 1, echo = true });

        JsonElement choice = body.GetProperty("choices")[0], likely = choice.GetProperty("logprobs");
        Assert.Equal(Prompt + expected.Text, choice.GetProperty("text").GetString());
        Assert.Equal(Prompt + expected.Text, string.Concat(likely.GetProperty("tokens").EnumerateArray().Select(t => t.GetString())));
        Assert.Equal(
            [null, .. expected.Prompt.Skip(1).Concat(said).Select(t => (double?)t.LogProbability)],
            likely.GetProperty("token_logprobs").EnumerateArray().Select(p => p.ValueKind == JsonValueKind.Null ? null : (double?)p.GetDouble()));
        Assert.Equal(Enumerable.Range(0, Prompt.Length + 3), likely.GetProperty("text_offset").EnumerateArray().Select(o => o.GetInt32()));
        Assert.Equal(2, likely.GetProperty("top_logprobs")[4].EnumerateObject().Count());
        Assert.Equal((Prompt, "length"), (alone.GetProperty("choices")[0].GetProperty("text").GetString(), alone.GetProperty("choices")[0].GetProperty("finish_reason").GetString()));
        Assert.Equal((Prompt.Length, 0, Prompt.Length), Usage(alone));
    }

    [Fact]
    public async Task Completions_Streamed_AreTheWholeInPieces()
    {
        object request = new { prompt = Prompt, n = 2, max_tokens = 6, temperature = 1.5, seed = 3, logprobs = 1 };
        (_, JsonElement whole) = await site.PostAsync("/v1/completions", request);

        List<string> events = await site.EventsAsync(
            "/v1/completions", new { prompt = Prompt, n = 2, max_tokens = 6, temperature = 1.5, seed = 3, logprobs = 1, stream = true, stream_options = new { include_usage = true } });

        Assert.Equal("[DONE]", events[^1]);
        List<JsonElement> pieces = [.. events.SkipLast(1).Select(e => JsonElement.Parse(e))];
        Assert.Equal(Usage(whole), Usage(pieces[^1]));
        Assert.Empty(pieces[^1].GetProperty("choices").EnumerateArray());
        Assert.Single(pieces.Select(p => p.GetProperty("id").GetString()).Distinct());
        for (int i = 0; i < 2; i++)
        {
            List<JsonElement> mine = [.. pieces.SkipLast(1).Select(p => p.GetProperty("choices")[0]).Where(c => c.GetProperty("index").GetInt32() == i)];
            JsonElement expected = whole.GetProperty("choices")[i];
            Assert.Equal(expected.GetProperty("text").GetString(), string.Concat(mine.Select(c => c.GetProperty("text").GetString())));
            Assert.Equal(expected.GetProperty("finish_reason").GetString(), mine[^1].GetProperty("finish_reason").GetString());
            Assert.All(mine.SkipLast(1), c => Assert.Equal(JsonValueKind.Null, c.GetProperty("finish_reason").ValueKind));
            Assert.Equal(
                expected.GetProperty("logprobs").GetProperty("text_offset").EnumerateArray().Select(o => o.GetInt32()),
                mine.Select(c => c.GetProperty("logprobs")).Where(l => l.ValueKind == JsonValueKind.Object).SelectMany(l => l.GetProperty("text_offset").EnumerateArray()).Select(o => o.GetInt32()));
        }
    }

    [Fact]
    public async Task Chat_OfTheClient_IsTheAnswerBehindTheTemplate()
    {
        List<ChosenToken> said = [];
        Answer expected = await site.Model.AnswerAsync(new Question("be. hi ", ModelVersion.Base)
        {
            Sampling = new SamplingOptions { MaxNewTokens = 5 },
            Alternatives = 2,
            OnPiece = piece => said.AddRange(piece.Tokens),
        });
        ChatCompletionOptions options = new() { MaxOutputTokenCount = 5, Temperature = 0, IncludeLogProbabilities = true, TopLogProbabilityCount = 2 };

        ChatCompletion answer = (await Chat().CompleteChatAsync([new SystemChatMessage("be."), new UserChatMessage("hi")], options)).Value;

        Assert.Equal((expected.Text, ChatFinishReason.Length, "tiny@0"), (answer.Content[0].Text, answer.FinishReason, answer.Model));
        Assert.Equal((7, 5), (answer.Usage.InputTokenCount, answer.Usage.OutputTokenCount));
        Assert.Equal(said.Select(t => (float)t.LogProbability), answer.ContentTokenLogProbabilities.Select(t => t.LogProbability));
        Assert.All(answer.ContentTokenLogProbabilities, t => Assert.Equal(2, t.TopLogProbabilities.Count));
        Assert.Equal(expected.Text, string.Concat(answer.ContentTokenLogProbabilities.Select(t => t.Token)));
    }

    [Fact]
    public async Task Chat_StreamedByTheClient_IsTheWholeInPieces()
    {
        ChatCompletionOptions options = new() { MaxOutputTokenCount = 7, Temperature = 0 };
        ChatCompletion whole = (await Chat().CompleteChatAsync([new UserChatMessage("hi")], options)).Value;
        List<string> pieces = [];
        ChatFinishReason? end = null;
        ChatTokenUsage? usage = null;

        await foreach (StreamingChatCompletionUpdate update in Chat().CompleteChatStreamingAsync([new UserChatMessage("hi")], options))
        {
            pieces.AddRange(update.ContentUpdate.Select(c => c.Text).Where(t => t.Length > 0));
            end ??= update.FinishReason;
            usage ??= update.Usage;
        }

        Assert.Equal(whole.Content[0].Text, string.Concat(pieces));
        Assert.Equal(7, pieces.Count);
        Assert.Equal(whole.FinishReason, end);
        Assert.Equal(whole.Usage.TotalTokenCount, usage?.TotalTokenCount);
    }

    [Fact]
    public async Task Chat_StopOfTheClient_EndsTheAnswerBeforeIt()
    {
        ChatCompletion whole = (await Chat().CompleteChatAsync([new UserChatMessage("hi")], new ChatCompletionOptions { MaxOutputTokenCount = 8, Temperature = 0 })).Value;
        string stop = whole.Content[0].Text[3..5];
        ChatCompletionOptions options = new() { MaxOutputTokenCount = 8, Temperature = 0 };
        options.StopSequences.Add("~~never~~");
        options.StopSequences.Add(stop);

        ChatCompletion stopped = (await Chat().CompleteChatAsync([new UserChatMessage("hi")], options)).Value;

        Assert.Equal(whole.Content[0].Text[..whole.Content[0].Text.IndexOf(stop, StringComparison.Ordinal)], stopped.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, stopped.FinishReason);
    }

    [Fact]
    public async Task Chat_ErrorsOfTheClient_SayWhatIsWrong()
    {
        ClientResultException refused = await Assert.ThrowsAsync<ClientResultException>(() => Chat().CompleteChatAsync([new ToolChatMessage("id", "x")]));
        ClientResultException unknown = await Assert.ThrowsAsync<ClientResultException>(() => site.OpenAI().GetChatClient("tiny@99").CompleteChatAsync([new UserChatMessage("x")]));
        ClientResultException tooLong = await Assert.ThrowsAsync<ClientResultException>(() => Chat().CompleteChatAsync([new UserChatMessage(new string('x', 60))]));

        Assert.Equal((400, 404, 400), (refused.Status, unknown.Status, tooLong.Status));
        Assert.Contains("refuses these messages: no tools", refused.Message, StringComparison.Ordinal);
        Assert.Contains("the model holds 48", tooLong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_CancelledByTheClient_StopsTheGeneration()
    {
        site.Model.Ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        site.Model.Hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenSource stop = new();
        try
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (StreamingChatCompletionUpdate update in Chat().CompleteChatStreamingAsync([new UserChatMessage("hi")], new ChatCompletionOptions { MaxOutputTokenCount = 30 }, stop.Token))
                {
                    if (update.ContentUpdate.Any(c => c.Text.Length > 0))
                    {
                        await stop.CancelAsync();
                    }
                }
            });

            Assert.True(await site.Model.Ended.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        }
        finally
        {
            site.Model.Hold.SetResult();
            site.Model.Hold = null;
        }
    }

    [Theory]
    [InlineData("/v1/completions", """{"prompt": "a", "max_tokens": 0}""", "max_tokens")]
    [InlineData("/v1/completions", """{"prompt": "a", "max_tokens": "x"}""", "max_tokens")]
    [InlineData("/v1/completions", """{"prompt": "a", "temperature": -1}""", "temperature")]
    [InlineData("/v1/completions", """{"prompt": "a", "top_p": 0}""", "top_p")]
    [InlineData("/v1/completions", """{"prompt": "a", "n": 1000}""", "n")]
    [InlineData("/v1/completions", """{"prompt": "a", "stop": [""]}""", "stop")]
    [InlineData("/v1/completions", """{"prompt": "a", "logprobs": 21}""", "logprobs")]
    [InlineData("/v1/completions", """{"prompt": "a", "suffix": "z"}""", "suffix")]
    [InlineData("/v1/completions", """{"prompt": "a", "presence_penalty": 1}""", "presence_penalty")]
    [InlineData("/v1/completions", """{"prompt": {}}""", "prompt")]
    [InlineData("/v1/completions", """{"prompt": [1, "a"]}""", "prompt")]
    [InlineData("/v1/completions", """{"prompt": [[100000]]}""", "prompt")]
    [InlineData("/v1/completions", """{"prompt": ""}""", "prompt")]
    [InlineData("/v1/completions", "{}", "prompt")]
    [InlineData("/v1/completions", "[1]", null)]
    [InlineData("/v1/completions", "null", null)]
    [InlineData("/v1/completions", "{\"prompt\": \"a\"", null)]
    [InlineData("/v1/chat/completions", "{}", "messages")]
    [InlineData("/v1/chat/completions", """{"messages": [{"content": "a"}]}""", "messages[0]")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}""", "messages[0].content")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "tools": [{}]}""", "tools")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "top_logprobs": 2}""", "top_logprobs")]
    [InlineData("/v1/chat/completions", """{"messages": [{"role": "user", "content": "a"}], "response_format": {"type": "json_object"}}""", "response_format")]
    public async Task Requests_WithAValueThatIsNotTaken_AreToldWhich(string path, string body, string? parameter)
    {
        (HttpStatusCode status, JsonElement answer) = await site.PostAsync(path, body);

        JsonElement error = answer.GetProperty("error");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(parameter, error.GetProperty("param").GetString());
        Assert.NotEqual("", error.GetProperty("message").GetString());
    }

    private static (int, int, int) Usage(JsonElement body)
    {
        JsonElement usage = body.GetProperty("usage");
        return (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32());
    }

    private ChatClient Chat() => site.OpenAI().GetChatClient("tiny@0");
}
