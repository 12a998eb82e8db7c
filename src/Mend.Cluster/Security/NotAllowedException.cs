using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>A caller may not do what it asks for.</summary>
/// <param name="message">Who, what, and what right that takes.</param>
public sealed class NotAllowedException(string message) : UnauthorizedAccessException(message), IKnownError
{
    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.Forbidden;
}
