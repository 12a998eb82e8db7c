using System.Globalization;
using TorchSharp;

namespace Mend.Tensors.Torch.Native;

/// <summary>What there is of CUDA on this machine, and what is wrong with it. Versions are as CUDA writes them: 12080 is 12.8.</summary>
internal sealed record CudaReport
{
    /// <summary>Whether NVIDIA's driver is installed.</summary>
    public bool HasDriver { get; init; }

    /// <summary>The newest CUDA that the driver supports; 0 if it does not say.</summary>
    public int DriverVersion { get; init; }

    /// <summary>Devices that the driver sees.</summary>
    public int DriverDevices { get; init; }

    /// <summary>The driver's error code; 0 is none.</summary>
    public int DriverError { get; init; }

    /// <summary>Whether the libtorch that was loaded can use CUDA; null if that is not known.</summary>
    public bool? TorchHasCuda { get; init; }

    /// <summary>The CUDA that libtorch was built for, as far as its libraries' names tell; 0 if they do not.</summary>
    public int TorchVersion { get; init; }

    /// <summary>Devices that libtorch can use.</summary>
    public int TorchDevices { get; init; }

    /// <summary>Looks; libtorch is loaded.</summary>
    public static CudaReport Gather()
    {
        if (CudaDriver.Ask() is not { } driver)
        {
            return new CudaReport();
        }

        int devices = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        (bool? hasCuda, int version) = LibTorch.Cuda();
        return new CudaReport
        {
            HasDriver = true,
            DriverVersion = driver.Version,
            DriverDevices = driver.Devices,
            DriverError = driver.Error,
            TorchHasCuda = devices > 0 ? true : hasCuda,
            TorchVersion = version,
            TorchDevices = devices,
        };
    }

    /// <summary>A device can be used.</summary>
    /// <exception cref="EngineException">It cannot; the message says why and what to do.</exception>
    public void Require(int device)
    {
        string name = EngineName.ForCuda(device).ToString();
        if (Problem(device) is { } problem)
        {
            throw new EngineException(name, $"Engine '{name}' cannot be used: {problem}");
        }
    }

    /// <summary>Why a device cannot be used, or null.</summary>
    internal string? Problem(int device)
    {
        if (!HasDriver)
        {
            return $"no NVIDIA driver was found ({CudaDriver.LibraryName} is missing). Install the driver, pass the GPU to the container (docker run --gpus all), or use the engine torch or cpu.";
        }

        if (DriverDevices == 0)
        {
            return $"the NVIDIA driver (for CUDA {Text(DriverVersion)}) sees no device{(DriverError == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $" (error {DriverError})"))}. Look at nvidia-smi and CUDA_VISIBLE_DEVICES, or use the engine torch or cpu.";
        }

        if (TorchHasCuda == false)
        {
            return $"the libtorch that was loaded ({LibTorch.Where}) is built without CUDA. Build with -p:TorchNative=cuda, or set {LibTorch.FolderVariable} to the folder of a libtorch with CUDA.";
        }

        if (TorchDevices == 0)
        {
            string wanted = TorchVersion == 0 ? "a newer one" : $"CUDA {Text(TorchVersion)}";
            return $"the NVIDIA driver supports CUDA {Text(DriverVersion)} and sees {DriverDevices} device(s), of which libtorch can use none; it wants {wanted}. Install a newer driver.";
        }

        return device < TorchDevices
            ? null
            : $"this machine has {(TorchDevices == 1 ? "cuda:0 only" : string.Create(CultureInfo.InvariantCulture, $"cuda:0 to cuda:{TorchDevices - 1}"))}. Choose one of these; CUDA_VISIBLE_DEVICES hides others.";
    }

    private static string Text(int version) => version == 0
        ? "of unknown version"
        : string.Create(CultureInfo.InvariantCulture, $"{version / 1000}.{version % 1000 / 10}");
}
