using Microsoft.AspNetCore.Http;

namespace Mend.Gateway;

/// <summary>What fails in a stream that has begun is told as its last event.</summary>
internal static class StreamFailure
{
    /// <summary>Writes a stream and its end.</summary>
    public static async Task GuardAsync(HttpContext context, EventStream stream, Func<Task> write)
    {
        try
        {
            await write();
            await stream.DoneAsync();
        }
        catch (Exception error) when (context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await stream.SendAsync(OpenAiError.Of(Failure.Of(error)));
        }
    }
}
