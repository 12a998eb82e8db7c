using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Mend.Gateway;

/// <summary>Server-sent events as a response. Nothing is sent before the first event, so that what fails earlier has its own status code.</summary>
internal sealed class EventStream(HttpContext context)
{
    private static readonly byte[] Data = "data: "u8.ToArray(), End = "\n\n"u8.ToArray(), Done = "data: [DONE]\n\n"u8.ToArray();

    /// <summary>Sends an event with a JSON document.</summary>
    /// <param name="value">The document.</param>
    /// <param name="name">The event's name; null for none.</param>
    public async Task SendAsync<T>(T value, string? name = null)
    {
        Begin();
        if (name is not null)
        {
            await context.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes($"event: {name}\n"), context.RequestAborted);
        }

        await context.Response.Body.WriteAsync(Data, context.RequestAborted);
        await context.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value, Json.Options), context.RequestAborted);
        await context.Response.Body.WriteAsync(End, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <summary>Says, as OpenAI's API does, that nothing more comes.</summary>
    public async Task DoneAsync()
    {
        Begin();
        await context.Response.Body.WriteAsync(Done, context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private void Begin()
    {
        if (context.Response.HasStarted)
        {
            return;
        }

        context.Response.ContentType = "text/event-stream; charset=utf-8";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }
}
