using System.Text.Json;
using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>/v1/evaluations: how well versions hold edits.</summary>
internal static class EvaluationsEndpoints
{
    private const int DefaultPage = 100, LargestPage = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/evaluations", ListAsync).Produces<EvaluationList>().WithSummary("Evaluations, the newest first: limit.").WithTags("evaluation");
        routes.MapGet("/v1/evaluations/{id}", GetAsync).Produces<EvaluationInfo>().WithSummary("How far an evaluation is, and its measures.").WithTags("evaluation");
        routes.MapGet("/v1/evaluations/{id}/events", StreamAsync)
            .WithSummary("How far an evaluation is whenever that changes, and its end, as server-sent events.").WithTags("evaluation");
    }

    public static void MapChanges(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/evaluations", StartAsync).Accepts<EvaluationBody>("application/json").Produces<EvaluationInfo>(StatusCodes.Status202Accepted)
            .WithSummary("Measures how well a version holds edits, beside everything else. 202 with a Location at once.").WithTags("evaluation");
        routes.MapDelete("/v1/evaluations/{id}", CancelAsync).Produces<EvaluationInfo>(StatusCodes.Status202Accepted).Produces<EvaluationInfo>()
            .WithSummary("Stops an evaluation; one that ended stays as it is.").WithTags("evaluation");
    }

    private static async Task<IResult> StartAsync(HttpContext context, ServedModel served, EvaluationJobs jobs)
    {
        EvaluationBody body = await Json.ReadAsync<EvaluationBody>(context);
        ModelVersion head = await served.Model.HeadAsync(context.RequestAborted);
        ModelVersion version = body.Version is not { } number ? head
            : number >= 0 && number <= head.Number ? new ModelVersion(number)
            : throw new RequestException(ErrorKinds.UnknownVersion, $"There is no version {number}; 0 to {head} are there.", "version");
        EvaluationInfo status = jobs.Start(body.Order(served, version, context.Caller())).Status;
        context.Response.Headers.Location = $"/v1/evaluations/{status.Id}";
        return Results.Json(status, Json.Options, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<IResult> ListAsync(HttpContext context, EvaluationJobs jobs, int? limit)
    {
        SamplingRequest.Check("limit", limit, 1, LargestPage);
        IReadOnlyList<EvaluationInfo> all = await jobs.ListAsync(context.RequestAborted);
        int shown = Math.Min(all.Count, limit ?? DefaultPage);
        return Results.Json(new EvaluationList("list", [.. all.Take(shown)], shown < all.Count), Json.Options);
    }

    private static async Task<IResult> GetAsync(HttpContext context, EvaluationJobs jobs, string id) => Results.Json(await KnownAsync(context, jobs, id), Json.Options);

    private static async Task<IResult> StreamAsync(HttpContext context, EvaluationJobs jobs, string id)
    {
        EventStream stream = new(context);
        if (jobs.Find(id) is not { } job)
        {
            await SendAsync(stream, await KnownAsync(context, jobs, id));
            return Results.Empty;
        }

        await foreach (EvaluationInfo status in job.EventsAsync(context.RequestAborted))
        {
            await SendAsync(stream, status);
        }

        return Results.Empty;
    }

    private static async Task<IResult> CancelAsync(HttpContext context, EvaluationJobs jobs, string id)
    {
        EvaluationInfo known = await KnownAsync(context, jobs, id);
        if (known.Status == EvaluationState.Running)
        {
            jobs.Cancel(id);
        }

        return Results.Json(known, Json.Options, statusCode: known.Status == EvaluationState.Running ? StatusCodes.Status202Accepted : StatusCodes.Status200OK);
    }

    private static Task SendAsync(EventStream stream, EvaluationInfo status) =>
        stream.SendAsync(status, status.Status == EvaluationState.Running ? "progress" : status.Status.ToString().ToLowerInvariant());

    private static async Task<EvaluationInfo> KnownAsync(HttpContext context, EvaluationJobs jobs, string id) => await jobs.StatusAsync(id, context.RequestAborted)
        ?? throw new RequestException(ErrorKinds.NotFound, $"There is no evaluation '{id}': none that ended with a result, and none of this gateway's.");
}

/// <summary>Edits that a version is measured on.</summary>
public sealed record EvaluationBody
{
    /// <summary>Records as `mend eval` reads them, all of one format: a list of objects, or a text with an object a line.</summary>
    public JsonElement? Records { get; init; }

    /// <summary>What to call it, or null.</summary>
    public string? Name { get; init; }

    /// <summary>The version to measure; the newest unless given.</summary>
    public long? Version { get; init; }

    /// <summary>Only the first so many records.</summary>
    public int? Limit { get; init; }

    /// <summary>Whether prompts are a user's messages, put into the model's chat template.</summary>
    public bool Chat { get; init; }

    /// <summary>What the model is told before such messages.</summary>
    public string? System { get; init; }

    /// <summary>Ordinary text; its perplexity is measured too, to the unedited model's.</summary>
    public string? Text { get; init; }

    /// <summary>Who asks for it; kept with the result.</summary>
    public string? Author { get; init; }

    internal EvaluationOrder Order(ServedModel served, ModelVersion version, string? caller)
    {
        SamplingRequest.Check("limit", Limit, 1, int.MaxValue);
        string text = Records switch
        {
            { ValueKind: JsonValueKind.Array } list => list.GetRawText(),
            { ValueKind: JsonValueKind.String } lines => lines.GetString()!,
            _ => throw RequestException.Invalid("records", "records is wanted as a list of objects, or as a text with an object a line, as `mend eval --edits` reads them."),
        };
        EditOrigin? origin = EditBody.Origin(Author, Name, null, caller);
        return new EvaluationOrder(Read(text, new EditPrompts(served, Chat, System)), version, origin?.Reason, origin?.Author, string.IsNullOrWhiteSpace(Text) ? null : Text);
    }

    private List<EditRecord> Read(string text, EditPrompts prompts)
    {
        try
        {
            return [.. EditRecordReader.Parse(text, "records").Take(Limit ?? int.MaxValue).Select(r => r with
            {
                Prompt = prompts.Before(r.Prompt),
                Rephrases = [.. r.Rephrases.Select(prompts.Before)],
                Locality = [.. r.Locality.Select(l => l with { Text = prompts.Before(l.Text) })],
            })];
        }
        catch (EditRecordException wrong)
        {
            throw new RequestException(ErrorKinds.BadInput, wrong.Message, "records");
        }
    }
}
