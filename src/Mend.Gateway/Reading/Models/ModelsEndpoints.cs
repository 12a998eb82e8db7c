using Mend.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>GET /v1/models: the model's name, and each of its versions.</summary>
internal static class ModelsEndpoints
{
    private const string Owner = "mend";

    /// <summary>Versions that are listed unless asked otherwise, the newest first to stay.</summary>
    private const int Listed = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", ListAsync).Produces<ModelList>().WithSummary("The model and its versions, the newest last.").WithTags("reading");
        routes.MapGet("/v1/models/{id}", GetAsync).Produces<ModelInfo>().WithSummary("One version of the model.").WithTags("reading");
    }

    private static async Task<IResult> ListAsync(HttpContext context, ServedModel served, int? limit)
    {
        SamplingRequest.Check("limit", limit, 1, int.MaxValue);
        IReadOnlyList<LedgerEntry> log = await served.Model.LogAsync(context.RequestAborted);
        int shown = Math.Min(limit ?? Listed, log.Count + 1);
        List<ModelInfo> models = [Named(served, log, await served.StableAsync(context.RequestAborted))];
        models.AddRange(Enumerable.Range(log.Count + 1 - shown, shown).Select(v => Version(served, log, v)));
        return Results.Json(new ModelList("list", models, shown <= log.Count), Json.Options);
    }

    private static async Task<IResult> GetAsync(HttpContext context, ServedModel served, string id)
    {
        ModelVersion version = id == served.Name ? await served.StableAsync(context.RequestAborted) : await served.ResolveAsync(id, null, context.RequestAborted);
        IReadOnlyList<LedgerEntry> log = await served.Model.LogAsync(context.RequestAborted);
        return Results.Json(id == served.Name ? Named(served, log, version) : Version(served, log, (int)version.Number), Json.Options);
    }

    /// <summary>What the name alone means now.</summary>
    private static ModelInfo Named(ServedModel served, IReadOnlyList<LedgerEntry> log, ModelVersion means) =>
        Version(served, log, (int)means.Number) with { Id = served.Name, Parent = served.IdOf(means) };

    private static ModelInfo Version(ServedModel served, IReadOnlyList<LedgerEntry> log, int number) => new(
        served.IdOf(new ModelVersion(number)),
        "model",
        number == 0 ? 0 : log[number - 1].Time.ToUnixTimeSeconds(),
        Owner,
        number == 0 ? null : served.IdOf(new ModelVersion(number - 1)),
        served.Name);
}

/// <summary>Models, as OpenAI's API lists them.</summary>
/// <param name="Object">list.</param>
/// <param name="Data">The models.</param>
/// <param name="HasMore">Whether older versions were left out.</param>
public sealed record ModelList(string Object, IReadOnlyList<ModelInfo> Data, bool HasMore);

/// <summary>A model, as OpenAI's API tells of it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Object">model.</param>
/// <param name="Created">When the version was made, in seconds since 1970; 0 for the unedited model.</param>
/// <param name="OwnedBy">mend.</param>
/// <param name="Parent">Of a version the one before it; of the name alone, the version that it means now; null for the unedited model.</param>
/// <param name="Root">The model's name.</param>
public sealed record ModelInfo(string Id, string Object, long Created, string OwnedBy, string? Parent, string Root);
