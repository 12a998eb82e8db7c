namespace Mend.Sharding;

/// <summary>An exception that says itself what kind of failure it is: one of a project above this one.</summary>
public interface IKnownError
{
    /// <summary>The kind.</summary>
    ErrorKind Kind { get; }
}
