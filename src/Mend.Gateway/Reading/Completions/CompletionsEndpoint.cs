using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>POST /v1/completions.</summary>
internal static class CompletionsEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/completions", AnswerAsync)
        .AddEndpointFilter(Admission.FilterAsync)
        .Accepts<CompletionRequest>("application/json").Produces<CompletionResponse>()
        .WithSummary("Texts that go on with prompts.").WithTags("reading");

    private static async Task<IResult> AnswerAsync(HttpContext context, ServedModel served, GatewayOptions options)
    {
        CompletionRequest request = await Json.ReadAsync<CompletionRequest>(context);
        ModelVersion version = await served.ResolveAsync(request.Model, request.Requester, context.RequestAborted);
        CompletionWriter writer = new(served, request, request.Questions(version, options.Limits), version, options.Time);
        if (request.Stream != true)
        {
            return Results.Json(await writer.WholeAsync(context.RequestAborted), Json.Options);
        }

        await writer.StreamAsync(context);
        return Results.Empty;
    }
}

/// <summary>Writes the answers of one request for completions.</summary>
internal sealed class CompletionWriter(ServedModel served, CompletionRequest request, IReadOnlyList<Question> questions, ModelVersion version, TimeProvider time)
{
    private readonly Generation _generation = new(served.Model, "text_completion", time);
    private readonly int[] _offsets = new int[questions.Count];
    private readonly CompletionResponse _frame = new()
    {
        Id = $"cmpl-{Guid.CreateVersion7():n}",
        Created = time.GetUtcNow().ToUnixTimeSeconds(),
        Model = served.IdOf(version),
        SystemFingerprint = served.FingerprintOf(version),
        Choices = [],
    };

    public async Task<CompletionResponse> WholeAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<WholeAnswer> answers = await _generation.WholeAsync(questions, cancellationToken);
        return _frame with
        {
            Choices = [.. answers.Select((answer, i) => new CompletionChoice(
                i, Echo(i) + answer.Text, Logprobs(i, [.. answer.Answer.Prompt, .. answer.Tokens], request.Echo == true), FinishReasons.Of(answer.Answer)))],
            Usage = UsageOf([.. answers.Select(a => a.Answer)]),
        };
    }

    public async Task StreamAsync(HttpContext context)
    {
        EventStream stream = new(context);
        bool[] begun = new bool[questions.Count];
        Answer?[] answers = new Answer?[questions.Count];

        // How likely a prompt is, is known with the first piece of its answer at the earliest, and told at its end: the prompt itself comes first.
        await StreamFailure.GuardAsync(context, stream, async () =>
        {
            await foreach ((int choice, AnswerPiece? piece, Answer? end) in _generation.RunAsync(questions, context.RequestAborted))
            {
                answers[choice] = end;
                string echo = begun[choice] ? "" : Echo(choice);
                begun[choice] = true;
                CompletionLogprobs? likely = end is null ? Logprobs(choice, piece?.Tokens ?? [], false)
                    : request.Echo == true ? Logprobs(choice, end.Prompt, true)
                    : null;
                CompletionChoice told = new(choice, echo + piece?.Text, likely, end is null ? null : FinishReasons.Of(end));
                await stream.SendAsync(_frame with { Choices = [told] });
            }

            if (request.StreamOptions?.IncludeUsage == true)
            {
                await stream.SendAsync(_frame with { Usage = UsageOf(answers!) });
            }
        });
    }

    private string Echo(int choice) => request.Echo != true ? ""
        : questions[choice].PromptTokens is { } tokens ? served.Tokens.Of(tokens)
        : questions[choice].Prompt;

    private CompletionLogprobs? Logprobs(int choice, IReadOnlyList<ChosenToken> tokens, bool withPrompt)
    {
        if (request.Logprobs is null)
        {
            return null;
        }

        List<int> offsets = [];
        string[] texts = [.. tokens.Select(t => served.Tokens.Of(t.Id))];
        foreach (string text in texts)
        {
            offsets.Add(_offsets[choice]);
            _offsets[choice] += text.Length;
        }

        return new CompletionLogprobs(
            texts,
            [.. tokens.Select((t, i) => withPrompt && i == 0 ? (double?)null : t.LogProbability)],
            [.. tokens.Select((t, i) => withPrompt && i == 0 ? null : Top(t))],
            offsets);
    }

    /// <summary>By their texts; of tokens with one text the more likely one.</summary>
    private Dictionary<string, double> Top(ChosenToken token)
    {
        Dictionary<string, double> top = new(StringComparer.Ordinal);
        foreach (TokenAlternative alternative in token.Alternatives)
        {
            top.TryAdd(served.Tokens.Of(alternative.Id), alternative.LogProbability);
        }

        return top;
    }

    private Usage UsageOf(IReadOnlyList<Answer> answers) => Usage.Of(
        answers.Where((_, i) => i % (request.N ?? 1) == 0).Sum(a => a.PromptTokens), answers.Sum(a => a.Tokens));
}
