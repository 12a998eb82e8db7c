using System.Globalization;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>Versions: which there are, one of them, and taking one back.</summary>
internal static class VersionsEndpoints
{
    private const int DefaultPage = 50, LargestPage = 500;
    private const string Head = "head";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/versions", ListAsync).Produces<VersionPage>()
            .WithSummary("Versions, the newest first: limit, cursor, and q for those that a text is in.").WithTags("versions");
        routes.MapGet("/v1/versions/{version}", GetAsync).Produces<VersionInfo>().WithSummary("A version by its number, or head.").WithTags("versions");
    }

    public static void MapChanges(IEndpointRouteBuilder routes) => routes.MapPost("/v1/versions/{version}/revert", RevertAsync)
        .Accepts<RevertBody>(isOptional: true, "application/json").Produces<VersionInfo>(StatusCodes.Status201Created)
        .WithSummary("Takes a version back, as a new version. Reverting a revert brings back what it took.").WithTags("versions");

    /// <summary>A version by its number, or head.</summary>
    /// <exception cref="RequestException">It is neither, or there is no such version.</exception>
    public static ModelVersion Parse(string text, ModelVersion head) =>
        text == Head ? head
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= head.Number ? new ModelVersion(number)
        : throw new RequestException(ErrorKinds.UnknownVersion, $"There is no version '{text}'; 0 to {head} and {Head} are there.");

    private static async Task<IResult> ListAsync(HttpContext context, ServedModel served, int? limit, string? cursor, string? q)
    {
        SamplingRequest.Check("limit", limit, 1, LargestPage);
        IReadOnlyList<LedgerEntry> log = await served.Model.LogAsync(context.RequestAborted);
        IReadOnlyDictionary<ModelVersion, ModelVersion> reverted = LedgerLog.Reverted(log);
        long before = cursor is null ? long.MaxValue
            : long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out long from) ? from
            : throw RequestException.Invalid("cursor", $"cursor was '{cursor}'; the next_cursor of another page is wanted.");
        List<VersionInfo> page =
        [
            .. log.Reverse().Where(e => e.Version.Number < before).Select(e => VersionInfo.Of(served, e, reverted)).Where(v => Holds(v, q)).Take((limit ?? DefaultPage) + 1),
        ];
        bool more = page.Count > (limit ?? DefaultPage);
        if (more)
        {
            page.RemoveAt(page.Count - 1);
        }

        ModelVersion head = new(log.Count);
        EditHeaders.Tag(context, head);
        return Results.Json(new VersionPage("list", page, head.Number, more ? page[^1].Version.ToString(CultureInfo.InvariantCulture) : null), Json.Options);
    }

    private static bool Holds(VersionInfo version, string? text) => string.IsNullOrEmpty(text)
        || version.Edits.Any(e => e.Holds(text))
        || new[] { version.Origin?.Author, version.Origin?.Reason, version.Origin?.Source }.Any(t => t?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);

    private static async Task<IResult> GetAsync(HttpContext context, ServedModel served, string version)
    {
        IReadOnlyList<LedgerEntry> log = await served.Model.LogAsync(context.RequestAborted);
        ModelVersion asked = Parse(version, new ModelVersion(log.Count));
        EditHeaders.Tag(context, new ModelVersion(log.Count));
        return Results.Json(Info(served, log, asked), Json.Options);
    }

    private static async Task<IResult> RevertAsync(HttpContext context, ServedModel served, string version)
    {
        RevertBody body = await Json.ReadOrNothingAsync<RevertBody>(context);
        ModelVersion target = Parse(version, await served.Model.HeadAsync(context.RequestAborted));
        RevertRequest request = new([target], EditHeaders.IdempotencyKey(context))
        {
            Origin = EditBody.Origin(body.Author, body.Reason, body.Source, context.Caller()),
            Expected = EditHeaders.Expected(context),
        };
        ModelVersion made = await served.Model.RevertAsync(request, context.RequestAborted);
        IReadOnlyList<LedgerEntry> log = await served.Model.LogAsync(context.RequestAborted);
        EditHeaders.Tag(context, new ModelVersion(log.Count));
        context.Response.Headers.Location = $"/v1/versions/{made}";
        return Results.Json(Info(served, log, made), Json.Options, statusCode: StatusCodes.Status201Created);
    }

    private static VersionInfo Info(ServedModel served, IReadOnlyList<LedgerEntry> log, ModelVersion version) => version == ModelVersion.Base
        ? VersionInfo.Base(served)
        : VersionInfo.Of(served, log[(int)version.Number - 1], LedgerLog.Reverted(log));
}

/// <summary>Who takes a version back, and why.</summary>
public sealed record RevertBody
{
    /// <summary>Who; kept with the revert.</summary>
    public string? Author { get; init; }

    /// <summary>Why; kept with the revert.</summary>
    public string? Reason { get; init; }

    /// <summary>Where it says so; kept with the revert.</summary>
    public string? Source { get; init; }
}
