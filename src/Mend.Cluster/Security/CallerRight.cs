namespace Mend.Cluster;

/// <summary>What a certificate allows; each also what stands before it.</summary>
public enum CallerRight
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>To ask the model, and for its versions.</summary>
    Read,

    /// <summary>To preview, edit and revert.</summary>
    Edit,

    /// <summary>To consolidate, to exchange the editor, and to manage the cluster.</summary>
    Operate,

    /// <summary>To be a silo.</summary>
    Silo,
}

/// <summary>What a method of a grain wants of its caller; without it, to be a silo.</summary>
/// <param name="right">The right.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Interface)]
internal sealed class NeedsAttribute(CallerRight right) : Attribute
{
    public CallerRight Right => right;
}
