using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>What came over the wire is no message that a sender of this release makes. Sent again it would be refused again.</summary>
/// <param name="message">What is wrong with it.</param>
/// <param name="inner">What found it out, or null.</param>
public sealed class MalformedMessageException(string message, Exception? inner = null) : Exception(message, inner), IKnownError
{
    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.InvalidRequest;
}
