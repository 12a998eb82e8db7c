using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>POST /v1/edits and what became of them.</summary>
internal static class EditsEndpoints
{
    private const int DefaultPage = 50, LargestPage = 500;

    public static void MapChanges(IEndpointRouteBuilder routes) => routes.MapPost("/v1/edits", EditAsync)
        .Accepts<CommitBody>("application/json").Produces<EditStatus>(StatusCodes.Status202Accepted).Produces<EditStatus>(StatusCodes.Status201Created)
        .WithSummary("Teaches the model answers, as one version. 202 with a Location at once; with Prefer: wait=N, 201 once it is committed.").WithTags("editing");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/edits", List).Produces<EditList>().WithSummary("Edits at work on this gateway and those that ended lately, with time by stage, the newest first: limit.").WithTags("editing");
        routes.MapGet("/v1/edits/{id}", GetAsync).Produces<EditStatus>().WithSummary("How far edits are, and what became of them.").WithTags("editing");
        routes.MapGet("/v1/edits/{id}/events", StreamAsync)
            .WithSummary("The stages of edits as they end, and what became of them, as server-sent events.").WithTags("editing");
    }

    /// <exception cref="RequestException">Edits are to be committed whatever they do, and whoever asks may not have that.</exception>
    public static void CheckForce(HttpContext context, GatewayOptions options, bool force)
    {
        if (force && !Authentication.Allows(context, options, Scope.Admin))
        {
            throw new RequestException(ErrorKinds.Forbidden, "To commit edits whatever they do needs a key with the scope admin; leave force out, or use such a key.", "force");
        }
    }

    private static async Task<IResult> EditAsync(HttpContext context, ServedModel served, EditJobs jobs, GatewayOptions options, bool force = false)
    {
        CheckForce(context, options, force);
        CommitBody body = await Json.ReadAsync<CommitBody>(context);
        double? canary = Canaries.Share(body.Canary);
        IReadOnlyList<EditItem> items = body.Items(options.Limits);
        EditPrompts prompts = new(served, body.Chat, body.System);
        EditOrigin? origin = EditBody.Origin(body.Author, body.Reason, body.Source, context.Caller());
        ModelVersion? expected = EditHeaders.Expected(context);
        (EditJob job, bool isNew) = jobs.Start(
            EditHeaders.IdempotencyKey(context) ?? Guid.CreateVersion7(options.Time.GetUtcNow()).ToString("n"),
            items,
            [.. items.Select(i => prompts.Request(i) with { Force = force, Origin = origin, Expected = expected })],
            canary);
        string place = $"/v1/edits/{job.Status.Id}";
        context.Response.Headers.Location = place;
        bool ended = EditHeaders.Wait(context, options.Limits.RequestTimeout) is { } wait
            ? await HasEndedAsync(job, wait, options.Time, context.RequestAborted)
            : !isNew && job.Status.Status != EditState.Running;
        if (!ended)
        {
            return Results.Json(job.Status, Json.Options, statusCode: StatusCodes.Status202Accepted);
        }

        if (job.Failure is { } failure)
        {
            await ErrorResponses.WriteAsync(context, failure);
            return Results.Empty;
        }

        EditStatus done = job.Status;
        EditHeaders.Tag(context, new ModelVersion(done.Version!.Value));
        return Results.Json(done, Json.Options, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<bool> HasEndedAsync(EditJob job, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        using CancellationTokenSource late = new(wait, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await job.EndAsync(either.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static IResult List(EditJobs jobs, int? limit)
    {
        SamplingRequest.Check("limit", limit, 1, LargestPage);
        IReadOnlyList<EditStatus> all = jobs.List();
        int shown = Math.Min(all.Count, limit ?? DefaultPage);
        return Results.Json(new EditList("list", [.. all.Take(shown)], shown < all.Count), Json.Options);
    }

    private static async Task<IResult> GetAsync(HttpContext context, EditJobs jobs, string id) =>
        Results.Json(jobs.Find(id)?.Status ?? await CommittedAsync(jobs, id, context.RequestAborted), Json.Options);

    private static async Task<IResult> StreamAsync(HttpContext context, EditJobs jobs, string id)
    {
        EventStream stream = new(context);
        if (jobs.Find(id) is not { } job)
        {
            await SendAsync(stream, await CommittedAsync(jobs, id, context.RequestAborted));
            return Results.Empty;
        }

        await foreach (object happened in job.EventsAsync(context.RequestAborted))
        {
            await SendAsync(stream, happened);
        }

        return Results.Empty;
    }

    private static Task SendAsync(EventStream stream, object happened) => happened is EditStatus status
        ? stream.SendAsync(status, status.Status.ToString().ToLowerInvariant())
        : stream.SendAsync((StageTime)happened, "stage");

    private static async Task<EditStatus> CommittedAsync(EditJobs jobs, string id, CancellationToken cancellationToken) =>
        await jobs.FindCommittedAsync(id, cancellationToken)
        ?? throw new RequestException(ErrorKinds.NotFound, $"There are no edits '{id}': none that were committed, and none that were asked for lately.");
}

/// <summary>Edits at work on a gateway and those that ended lately.</summary>
/// <param name="Object">list.</param>
/// <param name="Data">The edits, the newest first.</param>
/// <param name="HasMore">Whether older ones were left out.</param>
public sealed record EditList(string Object, IReadOnlyList<EditStatus> Data, bool HasMore);

/// <summary>Edits to commit.</summary>
public sealed record CommitBody : EditBody
{
    /// <summary>The share of requests that the version is tried on before all that name none read it, above 0 and below 1; without it all do at once.</summary>
    public double? Canary { get; init; }
}
