using System.Globalization;

namespace Mend.Sharding;

/// <summary>There is no proposal of a number.</summary>
/// <param name="id">The number.</param>
/// <param name="count">How many there are.</param>
public sealed class UnknownProposalException(long id, int count)
    : Exception($"There is no proposal {id}; {(count == 0 ? "none was made yet" : string.Create(CultureInfo.InvariantCulture, $"1 to {count} are there"))}."), IKnownError
{
    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.NotFound;
}

/// <summary>A proposal was decided on already, and otherwise.</summary>
/// <param name="message">What was decided by whom, and what to do.</param>
public sealed class ProposalDecidedException(string message) : Exception(message), IKnownError
{
    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.AlreadyDecided;
}

/// <summary>Since a proposal was looked at other edits were committed, and it would do something else now. Nothing was committed.</summary>
/// <param name="id">The proposal.</param>
/// <param name="seen">The version that it was looked at on.</param>
/// <param name="head">The newest one, on which its preview is now.</param>
public sealed class ProposalChangedException(long id, long seen, long head)
    : Exception($"Proposal {id} was looked at on version {seen}; on version {head} it would do something else. Nothing was committed. Its preview is of version {head} now: look at it, and approve again."), IKnownError
{
    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.PreviewChanged;
}

/// <summary>Whoever wants to decide on a proposal may not.</summary>
/// <param name="message">Why, and who may.</param>
public sealed class ProposalForbiddenException(string message) : Exception(message), IKnownError
{
    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.Forbidden;
}
