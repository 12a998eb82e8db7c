using System.Diagnostics;
using System.Globalization;
using Mend.Sharding;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Mend.Gateway;

/// <summary>Answers requests that fail: as OpenAI's API does where its clients ask, else by problem details (RFC 9457).</summary>
internal sealed partial class ErrorResponses(RequestDelegate next, ILogger<ErrorResponses> logger)
{
    /// <summary>Where a kind of failure is explained.</summary>
    private const string Page = "/errors#";

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
            {
                await WriteAsync(context, ForStatus(context));
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested && !TimedOut(context))
        {
            // The client is gone; there is nobody to answer.
        }
        catch (OperationCanceledException) when (TimedOut(context) && context.Response.HasStarted)
        {
            // What was sent so far is not the whole, which the client learns by the broken connection.
            context.Abort();
        }
        catch (Exception error) when (!context.Response.HasStarted)
        {
            Failure failure = Failure.Of(error);
            if (failure.Status >= StatusCodes.Status500InternalServerError)
            {
                Log(logger, error, context.Request.Method, context.Request.Path, failure.Kind.Name);
            }

            await WriteAsync(context, failure);
        }
    }

    /// <summary>Answers with a failure; the response must not have begun.</summary>
    public static Task WriteAsync(HttpContext context, Failure failure)
    {
        context.Response.Clear();
        context.Response.StatusCode = failure.Status;
        if (failure.RetryAfter is { } wait)
        {
            context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (failure.Kind == ErrorKinds.Unauthenticated)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return IsOfOpenAi(context.Request.Path)
            ? context.Response.WriteAsJsonAsync(OpenAiError.Of(failure), Json.Options, CancellationToken.None)
            : context.Response.WriteAsJsonAsync(ProblemOf(failure, context.TraceIdentifier), Json.Options, "application/problem+json", CancellationToken.None);
    }

    /// <summary>A failure as problem details.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="request">What the request is found by where nothing is traced, or null.</param>
    public static Problem ProblemOf(Failure failure, string? request) => new(
        Page + failure.Kind.Name,
        failure.Kind.Title,
        failure.Status,
        failure.Message,
        failure.Parameter,
        Activity.Current?.TraceId.ToString() ?? request,
        failure.RetryAfter is { } wait ? (int)Math.Ceiling(wait.TotalSeconds) : null);

    private static bool TimedOut(HttpContext context) => context.Features.Get<Microsoft.AspNetCore.Http.Timeouts.IHttpRequestTimeoutFeature>()?.RequestTimeoutToken.IsCancellationRequested == true;

    private static bool IsOfOpenAi(PathString path) =>
        path.StartsWithSegments("/v1/models") || path.StartsWithSegments("/v1/completions") || path.StartsWithSegments("/v1/chat");

    private static Failure ForStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status401Unauthorized => new(ErrorKinds.Unauthenticated, "No key, or one that is not known: send it as `Authorization: Bearer KEY`.", null, null),
        StatusCodes.Status403Forbidden => new(ErrorKinds.Forbidden, "The key does not have the scope that this needs; ask whoever runs the server for one that has.", null, null),
        StatusCodes.Status404NotFound => new(ErrorKinds.NotFound, $"There is nothing at {context.Request.Method} {context.Request.Path}; /openapi/v1.json lists what there is.", null, null),
        StatusCodes.Status405MethodNotAllowed => new(ErrorKinds.InvalidRequest with { HttpStatus = 405 }, $"{context.Request.Path} does not take {context.Request.Method}.", null, null),
        int status => new(ErrorKinds.InvalidRequest with { HttpStatus = status }, "The request cannot be answered as it is asked.", null, null),
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed ({Kind}).")]
    private static partial void Log(ILogger logger, Exception error, string method, string path, string kind);
}

/// <summary>A failure as RFC 9457 has it.</summary>
/// <param name="Type">Where the kind of failure is explained.</param>
/// <param name="Title">The kind in words.</param>
/// <param name="Status">The status code.</param>
/// <param name="Detail">What happened, what was seen, what is wanted, what to do.</param>
/// <param name="Param">The field or header that is wrong, or null.</param>
/// <param name="TraceId">What whoever runs the server finds the request by, or null.</param>
/// <param name="RetryAfter">Seconds after which to ask again, or null.</param>
public sealed record Problem(string Type, string Title, int Status, string Detail, string? Param, string? TraceId, int? RetryAfter);
