using Mend.Tensors.Torch.Native;

namespace Mend.Tensors.Torch.Tests.Native;

/// <summary>What is wrong with CUDA, said in one line, for machines that we do not have.</summary>
public sealed class CudaReportTests
{
    private static readonly CudaReport Good = new()
    {
        HasDriver = true,
        DriverVersion = 12080,
        DriverDevices = 2,
        TorchHasCuda = true,
        TorchVersion = 12000,
        TorchDevices = 2,
    };

    [Fact]
    public void Problem_DeviceThatExists_IsNone() => Assert.Null(Good.Problem(1));

    [Fact]
    public void Problem_NoDriver_SaysWhatToInstall() => AssertSays(new CudaReport(), 0, "no NVIDIA driver", "Install the driver");

    [Fact]
    public void Problem_DriverWithoutDevice_NamesItsErrorAndTheVariable() =>
        AssertSays(Good with { DriverDevices = 0, DriverError = 100, TorchDevices = 0 }, 0, "CUDA 12.8", "error 100", "CUDA_VISIBLE_DEVICES");

    [Fact]
    public void Problem_LibtorchWithoutCuda_SaysWhereToGetAnother() =>
        AssertSays(Good with { TorchHasCuda = false, TorchDevices = 0 }, 0, "without CUDA", "TorchNative=cuda", "MEND_LIBTORCH");

    [Fact]
    public void Problem_OldDriver_NamesBothVersions() =>
        AssertSays(Good with { DriverVersion = 11040, TorchDevices = 0 }, 0, "supports CUDA 11.4", "wants CUDA 12.0", "newer driver");

    [Fact]
    public void Problem_IndexBeyondDevices_SaysWhichThereAre()
    {
        AssertSays(Good, 2, "cuda:0 to cuda:1");
        AssertSays(Good with { TorchDevices = 1 }, 5, "cuda:0 only");
    }

    [Fact]
    public void Require_Problem_ThrowsWithTheEnginesName()
    {
        EngineException e = Assert.Throws<EngineException>(() => new CudaReport().Require(1));
        Assert.Equal("cuda:1", e.Engine);
        Assert.StartsWith("Engine 'cuda:1' cannot be used: no NVIDIA driver", e.Message, StringComparison.Ordinal);
    }

    [CudaFact]
    public void Create_IndexBeyondDevices_SaysWhichThereAre() =>
        Assert.Contains("this machine has", Assert.Throws<EngineException>(() => Engines.Create("cuda:99")).Message, StringComparison.Ordinal);

    private static void AssertSays(CudaReport report, int device, params string[] parts)
    {
        string problem = report.Problem(device) ?? string.Empty;
        Assert.All(parts, part => Assert.Contains(part, problem, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', problem);
    }
}
