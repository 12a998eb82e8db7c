using Mend.Tensors.Torch;

namespace Mend.Tensors.Torch.Tests;

/// <summary>The engines that tests run on: libtorch on the processor, and on a CUDA device where one is found (see <see cref="CudaFactAttribute"/>).</summary>
public sealed class TestEngines : ITestEngines
{
    public const string Torch = "torch";
    public const string Cuda = "cuda:0";

    public static IEnumerable<string> Available => CudaFactAttribute.Missing is null ? [Torch, Cuda] : [Torch];

    public static TheoryData<string> Names => [.. Available];

    /// <summary>libtorch's exp, tanh and erfc err by a few ulp.</summary>
    public static double ActivationSlack => 8;

    /// <summary>The engine that the families' and MEND's tests run on here: the device where there is one, else libtorch on the processor.</summary>
    public static IEngine Shared { get; } = Create(Available.Last());

    public static IEngine Create(string name) => Engines.Create(name, 2);

    public static long LiveTensors(IEngine engine) => ((TorchEngine)engine).LiveTensors;
}
