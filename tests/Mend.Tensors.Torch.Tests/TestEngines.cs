using Mend.Tensors.Torch;

namespace Mend.Tensors.EngineTests;

/// <summary>The engines that tests run on: libtorch on the processor, and on a CUDA device where one is found (see <see cref="CudaFactAttribute"/>).</summary>
internal static class TestEngines
{
    public const string Torch = "torch";
    public const string Cuda = "cuda:0";

    public static IEnumerable<string> Available => CudaFactAttribute.Missing is null ? [Torch, Cuda] : [Torch];

    public static TheoryData<string> Names => [.. Available];

    /// <summary>How far activations may be from float64, in multiples of the managed engine's: libtorch's exp, tanh and erfc err by a few ulp.</summary>
    public static double ActivationSlack => 8;

    public static TorchEngine Create(string name) => (TorchEngine)Engines.Create(name, 2);

    public static long LiveTensors(IEngine engine) => ((TorchEngine)engine).LiveTensors;
}
