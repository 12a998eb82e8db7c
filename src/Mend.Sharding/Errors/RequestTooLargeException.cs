namespace Mend.Sharding;

/// <summary>A request takes more than whoever is to serve it grants to one. Sent again it would fail again; a smaller one can succeed.</summary>
/// <param name="message">What is too large, the limit and its name, and what to do.</param>
public sealed class RequestTooLargeException(string message) : Exception(message), IKnownError
{
    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.TooLarge;
}
