namespace Mend.Tensors;

/// <summary>Names an assembly's <see cref="IEngineProvider"/>.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class EngineProviderAttribute : Attribute
{
    /// <summary>Names the provider.</summary>
    /// <param name="type">A class that implements <see cref="IEngineProvider"/> and has a constructor without arguments.</param>
    public EngineProviderAttribute(Type type) => Type = type;

    /// <summary>The provider's type.</summary>
    public Type Type { get; }
}
