namespace Mend.Sharding;

/// <summary>Names the connector of an assembly.</summary>
/// <param name="type">An <see cref="IModelConnector"/> with a constructor without parameters.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class ModelConnectorAttribute(Type type) : Attribute
{
    /// <summary>The connector.</summary>
    public Type Type { get; } = type;
}
