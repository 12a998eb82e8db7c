using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>A cluster does not serve the model that was asked for.</summary>
public sealed class UnknownModelException : InvalidOperationException, IKnownError
{
    internal UnknownModelException(string asked, string served)
        : base($"The cluster serves the model '{served}' and not '{asked}'; ask for '{served}' (--model), or connect to another cluster.")
    {
    }

    /// <inheritdoc/>
    public ErrorKind Kind => ErrorKinds.UnknownModel;
}
