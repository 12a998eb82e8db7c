using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>POST /v1/edits/preview: what edits would do, without committing them.</summary>
internal static class PreviewEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/v1/edits/preview", PreviewAsync)
        .AddEndpointFilter(Admission.FilterAsync)
        .Accepts<PreviewBody>("application/json").Produces<EditPreview>()
        .WithSummary("What edits would do to their prompts, to others, and to the answers of earlier edits. Commits nothing.").WithTags("editing");

    private static async Task<IResult> PreviewAsync(HttpContext context, ServedModel served, GatewayOptions options)
    {
        PreviewBody body = await Json.ReadAsync<PreviewBody>(context);
        ProposalOffer offer = body.Offer(served, options.Limits);
        return Results.Json(await EditPreviews.LookAsync(served.Model, offer.Requests, offer.Questions, offer.Ends, context.RequestAborted), Json.Options);
    }
}

/// <summary>Edits to look at without committing them.</summary>
public sealed record PreviewBody : EditBody
{
    /// <summary>Prompts whose answers should stay as they are, to see whether they do.</summary>
    public IReadOnlyList<string>? Locality { get; init; }

    /// <summary>The edits, and what is looked at around them.</summary>
    /// <exception cref="RequestException">A value is not taken.</exception>
    internal ProposalOffer Offer(ServedModel served, GatewayLimits limits)
    {
        IReadOnlyList<EditItem> items = Items(limits);
        IReadOnlyList<string> locality = Locality ?? [];
        if (locality.Count > limits.MaxEdits || locality.Any(string.IsNullOrWhiteSpace))
        {
            throw RequestException.Invalid("locality", $"locality is wanted as at most {limits.MaxEdits} prompts, none of them empty.");
        }

        EditPrompts prompts = new(served, Chat, System);
        (string Kind, string Prompt, string? Target)[] asked =
        [
            .. items.Select(i => ("edit", i.Prompt!, i.Target)),
            .. items.SelectMany(i => (i.Rephrases ?? []).Select(r => ("rephrase", r, i.Target))),
            .. locality.Select(l => ("locality", l, (string?)null)),
        ];
        return new ProposalOffer
        {
            Requests = [.. items.Select(prompts.Request)],
            Questions = [.. asked.Select(a => new PreviewQuestion(a.Kind, a.Prompt, prompts.Probe(a.Prompt, a.Target)))],
            Ends = prompts.Ends,
        };
    }
}
