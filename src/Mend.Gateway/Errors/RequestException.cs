using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>A request cannot be answered as it is asked.</summary>
/// <param name="kind">What it is told as.</param>
/// <param name="message">What was seen, what is wanted, what to do.</param>
/// <param name="parameter">The field or header that is wrong, or null.</param>
/// <param name="retryAfter">When to ask again, or null.</param>
internal sealed class RequestException(ErrorKind kind, string message, string? parameter = null, TimeSpan? retryAfter = null) : Exception(message), IKnownError
{
    public ErrorKind Kind => kind;

    public string? Parameter => parameter;

    public TimeSpan? RetryAfter => retryAfter;

    /// <summary>A field has a value that is not taken.</summary>
    public static RequestException Invalid(string parameter, string message) => new(ErrorKinds.InvalidRequest, message, parameter);
}
