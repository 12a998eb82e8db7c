using Microsoft.AspNetCore.Http;

namespace Mend.Gateway;

/// <summary>An error as OpenAI's API tells it.</summary>
/// <param name="Error">What is wrong.</param>
public sealed record OpenAiError(OpenAiErrorBody Error)
{
    internal static OpenAiError Of(Failure failure) => new(new OpenAiErrorBody(failure.Message, TypeOf(failure.Status), failure.Parameter, failure.Kind.Name.Replace('-', '_')));

    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };
}

/// <summary>What is wrong.</summary>
/// <param name="Message">What happened, what was seen, what is wanted, what to do.</param>
/// <param name="Type">Whose fault it is.</param>
/// <param name="Param">The field that is wrong, or null.</param>
/// <param name="Code">The kind of the failure.</param>
public sealed record OpenAiErrorBody(string Message, string Type, string? Param, string Code);
