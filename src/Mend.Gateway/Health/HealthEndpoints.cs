using Mend.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Mend.Gateway;

/// <summary>/healthz: the process lives. /readyz: 200 when the model's versions can be read, 503 when not.</summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", () => Results.Text("live\n")).ExcludeFromDescription();
        routes.MapGet("/readyz", ReadyAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> ReadyAsync(HttpContext context, ServedModel served, GatewayOptions options)
    {
        using CancellationTokenSource late = new(Patience, options.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, context.RequestAborted);
        try
        {
            ModelVersion head = await served.Model.HeadAsync(either.Token);
            return Results.Json(new { Ready = true, Model = served.IdOf(head) }, Json.Options);
        }
        catch (Exception error) when (error is RetryableException or LedgerException or OperationCanceledException && !context.RequestAborted.IsCancellationRequested)
        {
            return Results.Json(new { Ready = false, Reason = Failure.Of(error).Message }, Json.Options, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
