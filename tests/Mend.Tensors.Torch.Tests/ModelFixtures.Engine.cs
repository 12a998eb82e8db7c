using Mend.Tensors;
using Mend.Tensors.EngineTests;

namespace Mend.Sharding.Tests;

/// <summary>The engine that the families' and MEND's tests run on here: the device where there is one, else libtorch on the processor.</summary>
internal static partial class ModelFixtures
{
    public static IEngine Engine { get; } = Engines.Create(TestEngines.Available.Last(), 2);
}
