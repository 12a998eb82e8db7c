using Mend.Editing;
using Mend.Models.Chat;
using Mend.Sharding;
using Microsoft.AspNetCore.Http;

namespace Mend.Gateway;

/// <summary>What is told of an exception: nothing of the program's inside.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Message">What happened and what to do.</param>
/// <param name="Parameter">The field that is wrong, or null.</param>
/// <param name="RetryAfter">When to ask again, or null.</param>
internal sealed record Failure(ErrorKind Kind, string Message, string? Parameter, TimeSpan? RetryAfter)
{
    /// <summary>Where nothing better is known of when to ask again.</summary>
    private static readonly TimeSpan SomeTime = TimeSpan.FromSeconds(1);

    public static Failure Of(Exception exception) => exception switch
    {
        RequestException own => new(own.Kind, own.Message, own.Parameter, own.RetryAfter),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(ErrorKinds.TooLarge, "The body is larger than this server takes; send less at a time.", null, null),
        BadHttpRequestException bad => new(ErrorKinds.InvalidRequest, bad.Message, null, null),
        AggregateException { InnerExceptions: [Exception only] } => Of(only),
        _ => Of(ErrorKinds.Of(exception), exception),
    };

    private static Failure Of(ErrorKind kind, Exception exception) => new(
        kind,
        kind == ErrorKinds.Unexpected ? "The server met a fault of its own, and has logged it; tell whoever runs it." :
        kind == ErrorKinds.UnusableFile ? "A file of the model, the editor or the ledger cannot be used, and the server has logged which; tell whoever runs it." :
        kind == ErrorKinds.Stopped ? "The request took longer than the server allows; ask for less, or again later." :
        exception is ChatTemplateException { IsRefusal: true } ? $"The model's chat template refuses these messages: {exception.Message}" : exception.Message,
        exception is EditRequestException or ChatTemplateException ? "prompt" : null,
        kind == ErrorKinds.TryAgain ? SomeTime : null);

    /// <summary>The status that it is answered with; a request that was stopped by the server, and not by its client, took too long.</summary>
    public int Status => Kind == ErrorKinds.Stopped ? StatusCodes.Status503ServiceUnavailable : Kind.HttpStatus;
}
