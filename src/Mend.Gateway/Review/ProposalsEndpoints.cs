using System.Globalization;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>/v1/proposals: edits that somebody else decides on.</summary>
internal static class ProposalsEndpoints
{
    private const int DefaultPage = 50, LargestPage = 500;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/proposals", ListAsync).Produces<ProposalPage>()
            .WithSummary("Proposals, the newest first: limit, cursor, and status for those that are open, approved, rejected, declined or committed.").WithTags("review");
        routes.MapGet("/v1/proposals/{id}", GetAsync).Produces<ProposalInfo>().WithSummary("A proposal by its number.").WithTags("review");
    }

    public static void MapChanges(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/proposals", ProposeAsync).AddEndpointFilter(Admission.FilterAsync)
            .Accepts<PreviewBody>("application/json").Produces<ProposalInfo>(StatusCodes.Status201Created)
            .WithSummary("Proposes edits, which become one version when somebody approves them, and looks at what they would do.").WithTags("review");
        routes.MapPost("/v1/proposals/{id}/preview", LookAsync).AddEndpointFilter(Admission.FilterAsync).Produces<ProposalInfo>()
            .WithSummary("Looks at a proposal again, on top of the newest version.").WithTags("review");
        routes.MapPost("/v1/proposals/{id}/decline", DeclineAsync).Accepts<DecisionBody>(isOptional: true, "application/json").Produces<ProposalInfo>()
            .WithSummary("Says that nothing comes of a proposal. Needs the scope approve, or the key that it was proposed with.").WithTags("review");
    }

    public static void MapApproval(IEndpointRouteBuilder routes) => routes.MapPost("/v1/proposals/{id}/approve", ApproveAsync)
        .Accepts<ApprovalBody>(isOptional: true, "application/json").Produces<ProposalInfo>()
        .WithSummary("Approves a proposal of somebody else and commits it, once, however often it is approved.").WithTags("review");

    private static async Task<IResult> ProposeAsync(HttpContext context, ServedModel served, Proposals proposals, GatewayOptions options)
    {
        PreviewBody body = await Json.ReadAsync<PreviewBody>(context);
        string? caller = context.Caller();
        ProposalOffer offer = body.Offer(served, options.Limits) with
        {
            Origin = EditBody.Origin(body.Author, body.Reason, body.Source, caller),
            With = caller,
            Key = EditHeaders.IdempotencyKey(context),
        };
        Proposal made = await proposals.ProposeAsync(offer, context.RequestAborted);
        context.Response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"/v1/proposals/{made.Id}");
        return await ToldAsync(context, served, made, StatusCodes.Status201Created);
    }

    private static async Task<IResult> ListAsync(HttpContext context, ServedModel served, Proposals proposals, int? limit, string? cursor, string? status)
    {
        SamplingRequest.Check("limit", limit, 1, LargestPage);
        ProposalState? wanted = status is null ? null
            : Enum.TryParse(status, ignoreCase: true, out ProposalState state) && char.IsLetter(status[0]) ? state
            : throw RequestException.Invalid("status", $"status was '{status}'; {string.Join(", ", Enum.GetNames<ProposalState>()).ToLowerInvariant()} are there.");
        long before = cursor is null ? long.MaxValue : Number(cursor) ?? throw RequestException.Invalid("cursor", $"cursor was '{cursor}'; the next_cursor of another page is wanted.");
        Proposal[] some = [.. (await proposals.ListAsync(context.RequestAborted)).Where(p => p.Id < before && (wanted is null || p.State == wanted)).Take((limit ?? DefaultPage) + 1)];
        Proposal[] page = [.. some.Take(limit ?? DefaultPage)];
        ModelVersion head = await served.Model.HeadAsync(context.RequestAborted);
        return Results.Json(
            new ProposalPage("list", [.. page.Select(p => ProposalInfo.Of(served, p, head))], some.Length > page.Length ? page[^1].Id.ToString(CultureInfo.InvariantCulture) : null), Json.Options);
    }

    private static async Task<IResult> GetAsync(HttpContext context, ServedModel served, Proposals proposals, string id) =>
        await ToldAsync(context, served, await proposals.GetAsync(Id(id), context.RequestAborted));

    private static async Task<IResult> LookAsync(HttpContext context, ServedModel served, Proposals proposals, string id) =>
        await ToldAsync(context, served, await proposals.LookAsync(Id(id), context.RequestAborted));

    private static async Task<IResult> DeclineAsync(HttpContext context, ServedModel served, Proposals proposals, GatewayOptions options, string id)
    {
        DecisionBody body = await Json.ReadOrNothingAsync<DecisionBody>(context);
        Proposal proposal = await proposals.GetAsync(Id(id), context.RequestAborted);
        if (!Authentication.Allows(context, options, Scope.Approve) && proposal.ProposedWith != context.Caller())
        {
            throw new RequestException(ErrorKinds.Forbidden, $"Proposal {id} was made with another key; to decline it needs one with the scope approve.");
        }

        return await ToldAsync(context, served, await proposals.DeclineAsync(proposal.Id, body.Decider(context, options), context.RequestAborted));
    }

    private static async Task<IResult> ApproveAsync(HttpContext context, ServedModel served, Proposals proposals, EditJobs jobs, GatewayOptions options, string id, bool force = false)
    {
        ApprovalBody body = await Json.ReadOrNothingAsync<ApprovalBody>(context);
        EditsEndpoints.CheckForce(context, options, force);
        ProposalDecider decider = body.Decider(context, options);
        double? canary = Canaries.Share(body.Canary);
        long number = Id(id);
        Proposal done = await jobs.RunAsync(stop => proposals.ApproveAsync(number, decider, force, canary, null, stop), context.RequestAborted);
        EditHeaders.Tag(context, new ModelVersion(done.Version!.Value));
        return await ToldAsync(context, served, done);
    }

    private static async Task<IResult> ToldAsync(HttpContext context, ServedModel served, Proposal proposal, int status = StatusCodes.Status200OK) =>
        Results.Json(ProposalInfo.Of(served, proposal, await served.Model.HeadAsync(context.RequestAborted)), Json.Options, statusCode: status);

    private static long Id(string text) => Number(text) ?? throw new RequestException(ErrorKinds.NotFound, $"There is no proposal '{text}'; proposals have numbers from 1.");

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}

/// <summary>Who decides on a proposal, and why.</summary>
public record DecisionBody
{
    /// <summary>Who; kept with the decision.</summary>
    public string? Author { get; init; }

    /// <summary>Why; kept with the decision.</summary>
    public string? Reason { get; init; }

    internal ProposalDecider Decider(HttpContext context, GatewayOptions options)
    {
        string? caller = context.Caller();
        EditOrigin? origin = EditBody.Origin(Author, Reason, null, caller);
        return new ProposalDecider(origin?.Author, origin?.Reason, caller, Authentication.Allows(context, options, Scope.Admin));
    }
}

/// <summary>Who approves a proposal, why, and for whom at first.</summary>
public sealed record ApprovalBody : DecisionBody
{
    /// <summary>The share of requests that the version is tried on before all that name none read it, above 0 and below 1; without it all do at once.</summary>
    public double? Canary { get; init; }
}
