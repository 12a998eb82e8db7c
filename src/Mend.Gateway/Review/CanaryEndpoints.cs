using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>/v1/canary: the version that is tried on a share of requests.</summary>
internal static class CanaryEndpoints
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/canary", GetAsync).Produces<CanaryInfo>()
        .WithSummary("The version on trial, and what requests that name no version read.").WithTags("review");

    public static void MapPromotion(IEndpointRouteBuilder routes) => routes.MapPost("/v1/canary/promote", PromoteAsync)
        .Accepts<DecisionBody>(isOptional: true, "application/json").Produces<CanaryInfo>()
        .WithSummary("Ends the trial: all requests that name no version read the newest one.").WithTags("review");

    public static void MapWithdrawal(IEndpointRouteBuilder routes) => routes.MapPost("/v1/canary/withdraw", WithdrawAsync)
        .Accepts<DecisionBody>(isOptional: true, "application/json").Produces<CanaryInfo>()
        .WithSummary("Ends the trial and takes its version back. Needs the scope approve or edit.").WithTags("review");

    private static async Task<IResult> GetAsync(HttpContext context, ServedModel served, Canary canary) =>
        Results.Json(CanaryInfo.Of(served, await canary.CurrentAsync(context.RequestAborted), await served.Model.HeadAsync(context.RequestAborted)), Json.Options);

    private static async Task<IResult> PromoteAsync(HttpContext context, ServedModel served, Canary canary, GatewayOptions options)
    {
        ProposalDecider decider = (await Json.ReadOrNothingAsync<DecisionBody>(context)).Decider(context, options);
        await canary.PromoteAsync(decider.Name, context.RequestAborted);
        return await GetAsync(context, served, canary);
    }

    private static async Task<IResult> WithdrawAsync(HttpContext context, ServedModel served, Canary canary, GatewayOptions options)
    {
        if (!Authentication.Allows(context, options, Scope.Approve) && !Authentication.Allows(context, options, Scope.Edit))
        {
            throw new RequestException(ErrorKinds.Forbidden, "To withdraw a version on trial needs a key with the scope approve or edit.");
        }

        ProposalDecider decider = (await Json.ReadOrNothingAsync<DecisionBody>(context)).Decider(context, options);
        (_, ModelVersion reverted) = await canary.WithdrawAsync(EditOrigin.Of(decider.Name, decider.Reason, null), decider.Name, context.RequestAborted);
        EditHeaders.Tag(context, reverted);
        return await GetAsync(context, served, canary);
    }
}

/// <summary>Shares of requests.</summary>
internal static class Canaries
{
    /// <exception cref="RequestException">It is none.</exception>
    public static double? Share(double? share) => share is null or (> 0 and < 1)
        ? share
        : throw RequestException.Invalid("canary", $"canary was {share}; the share of requests, above 0 and below 1, is wanted. Leave it out for a version that all read.");
}

/// <summary>The version that is tried on a share of requests.</summary>
public sealed record CanaryInfo
{
    /// <summary>canary.</summary>
    public string Object { get; init; } = "canary";

    /// <summary>The version on trial; null where none is.</summary>
    public long? Version { get; init; }

    /// <summary>That version's id as a model.</summary>
    public string? Model { get; init; }

    /// <summary>The version that all other requests read which name none.</summary>
    public required long Stable { get; init; }

    /// <summary>The share of requests that read the version on trial; 0 where none is.</summary>
    public required double Share { get; init; }

    /// <summary>Who tries it, or null.</summary>
    public string? By { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Versions that were committed since; requests that name none read them when the trial ends.</summary>
    public int Waiting { get; init; }

    internal static CanaryInfo Of(ServedModel served, CanaryTrial? trial, ModelVersion head) => trial is null
        ? new CanaryInfo { Stable = head.Number, Share = 0 }
        : new CanaryInfo
        {
            Version = trial.Version.Number,
            Model = served.IdOf(trial.Version),
            Stable = trial.Stable.Number,
            Share = trial.Share,
            By = trial.By,
            Since = trial.Since,
            Waiting = trial.Waiting,
        };
}
