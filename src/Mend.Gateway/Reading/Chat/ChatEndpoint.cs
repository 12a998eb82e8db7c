using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>POST /v1/chat/completions.</summary>
internal static class ChatEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/chat/completions", AnswerAsync)
        .AddEndpointFilter(Admission.FilterAsync)
        .Accepts<ChatRequest>("application/json").Produces<ChatResponse>()
        .WithSummary("The next message of a conversation, by the model's chat template.").WithTags("reading");

    private static async Task<IResult> AnswerAsync(HttpContext context, ServedModel served, GatewayOptions options)
    {
        ChatRequest request = await Json.ReadAsync<ChatRequest>(context);
        ModelVersion version = await served.ResolveAsync(request.Model, request.Requester, context.RequestAborted);
        ChatWriter writer = new(served, request, request.Questions(served.Chat, version, options.Limits), version, options.Time);
        if (request.Stream != true)
        {
            return Results.Json(await writer.WholeAsync(context.RequestAborted), Json.Options);
        }

        await writer.StreamAsync(context);
        return Results.Empty;
    }
}

/// <summary>Writes the answers of one request for a message.</summary>
internal sealed class ChatWriter(ServedModel served, ChatRequest request, IReadOnlyList<Question> questions, ModelVersion version, TimeProvider time)
{
    private const string Role = "assistant";

    private readonly Generation _generation = new(served.Model, "chat", time);
    private readonly ChatResponse _frame = new()
    {
        Id = $"chatcmpl-{Guid.CreateVersion7():n}",
        Object = "chat.completion",
        Created = time.GetUtcNow().ToUnixTimeSeconds(),
        Model = served.IdOf(version),
        SystemFingerprint = served.FingerprintOf(version),
        Choices = [],
    };

    public async Task<ChatResponse> WholeAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<WholeAnswer> answers = await _generation.WholeAsync(questions, cancellationToken);
        return _frame with
        {
            Choices = [.. answers.Select((answer, i) => new ChatChoice
            {
                Index = i,
                Message = new AssistantMessage(Role, answer.Text),
                Logprobs = Logprobs(answer.Tokens),
                FinishReason = FinishReasons.Of(answer.Answer),
            })],
            Usage = UsageOf([.. answers.Select(a => a.Answer)]),
        };
    }

    public async Task StreamAsync(HttpContext context)
    {
        EventStream stream = new(context);
        ChatResponse frame = _frame with { Object = "chat.completion.chunk" };
        bool[] begun = new bool[questions.Count];
        Answer?[] answers = new Answer?[questions.Count];
        await StreamFailure.GuardAsync(context, stream, async () =>
        {
            await foreach ((int choice, AnswerPiece? piece, Answer? end) in _generation.RunAsync(questions, context.RequestAborted))
            {
                answers[choice] = end;
                if (!begun[choice])
                {
                    begun[choice] = true;
                    await stream.SendAsync(frame with { Choices = [new ChatChoice { Index = choice, Delta = new MessageDelta(Role, "") }] });
                }

                await stream.SendAsync(frame with
                {
                    Choices =
                    [
                        end is null
                            ? new ChatChoice { Index = choice, Delta = new MessageDelta(Content: piece!.Text), Logprobs = Logprobs(piece.Tokens) }
                            : new ChatChoice { Index = choice, Delta = new MessageDelta(), FinishReason = FinishReasons.Of(end) },
                    ],
                });
            }

            if (request.StreamOptions?.IncludeUsage == true)
            {
                await stream.SendAsync(frame with { Usage = UsageOf(answers!) });
            }
        });
    }

    private static Usage UsageOf(IReadOnlyList<Answer> answers) => Usage.Of(answers[0].PromptTokens, answers.Sum(a => a.Tokens));

    private ChatLogprobs? Logprobs(IReadOnlyList<ChosenToken> tokens) => request.Logprobs != true ? null : new ChatLogprobs([.. tokens.Select(t =>
    {
        string text = served.Tokens.Of(t.Id);
        return new ChatTokenLogprob(text, t.LogProbability, TokenTexts.BytesOf(text), [.. t.Alternatives.Select(Alternative)]);
    })]);

    private ChatTopLogprob Alternative(TokenAlternative alternative)
    {
        string text = served.Tokens.Of(alternative.Id);
        return new ChatTopLogprob(text, alternative.LogProbability, TokenTexts.BytesOf(text));
    }
}
