using Mend.Tensors;

namespace Mend.Testing;

/// <summary>The engines that one project's tests run on.</summary>
public interface ITestEngines
{
    static abstract IEnumerable<string> Available { get; }

    /// <summary>How far activations may be from float64, in multiples of the managed engine's.</summary>
    static abstract double ActivationSlack { get; }

    static abstract IEngine Create(string name);

    static abstract long LiveTensors(IEngine engine);
}

/// <summary>What every engine must do; a project whose engines are to do it derives a class from each suite.</summary>
public abstract class EngineSuite<TEngines>
    where TEngines : ITestEngines
{
    public static TheoryData<string> Names => [.. TEngines.Available];
}
