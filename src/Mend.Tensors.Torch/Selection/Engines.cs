using Mend.Tensors.Cpu;
using Mend.Tensors.Torch;
using Mend.Tensors.Torch.Native;

namespace Mend.Tensors;

/// <summary>Engines by name: the managed one, which is always to be had, and those on libtorch, which is loaded when one of them is asked for.</summary>
public static class Engines
{
    /// <summary>What there is to choose from, for help texts.</summary>
    public const string Choices = "cpu, torch, cuda:N or auto";

    /// <summary>Creates an engine by name.</summary>
    /// <param name="name">cpu, torch, cuda:N or auto.</param>
    /// <param name="threads">Threads that compute; null or 0 means one per processor.</param>
    /// <exception cref="FormatException">No engine has this name.</exception>
    /// <exception cref="EngineException">It cannot be had on this machine.</exception>
    public static IEngine Create(string name, int? threads = null) => Create(EngineName.Parse(name), new EngineSettings { Threads = threads });

    /// <summary>Creates an engine.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="settings">Its settings.</param>
    /// <exception cref="EngineException">It cannot be had on this machine.</exception>
    public static IEngine Create(EngineName name, EngineSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Threads ?? 0, nameof(settings));
        return Resolve(name, () => CountCudaDevices(settings)) is { Kind: not EngineKind.Cpu } torch
            ? CreateTorch(torch, settings)
            : new CpuEngine(new CpuEngineOptions { Threads = settings.Threads ?? 0 });
    }

    /// <summary>The type in which an engine holds weights: their own, or float32 where they are quantised and libtorch is to compute with them.</summary>
    /// <param name="name">The engine; auto, which depends on the machine, counts as cpu.</param>
    /// <param name="stored">The type that they are stored in.</param>
    public static DType Held(EngineName name, DType stored) => name.Kind is EngineKind.Torch or EngineKind.Cuda ? TorchEngine.Kept(stored) : stored;

    /// <summary>What auto stands for here; any other name is itself.</summary>
    internal static EngineName Resolve(EngineName name, Func<int> cudaDevices) => name.Kind switch
    {
        EngineKind.Auto when cudaDevices() > 0 => EngineName.ForCuda(0),
        EngineKind.Auto => EngineName.Parse("cpu"),
        _ => name,
    };

    /// <summary>0 where there is no CUDA device or anything that one needs is missing.</summary>
    private static int CountCudaDevices(EngineSettings settings)
    {
        // Without a driver there is no need to load libtorch.
        if (!CudaDriver.IsInstalled)
        {
            return 0;
        }

        try
        {
            LibTorch.Load("auto", settings.LibTorchFolder);
            return CudaReport.Gather().TorchDevices;
        }
        catch (EngineException)
        {
            return 0;
        }
    }

    private static TorchEngine CreateTorch(EngineName name, EngineSettings settings) => new(new TorchEngineOptions
    {
        CudaDevice = name.Kind == EngineKind.Cuda ? name.Device : null,
        Threads = settings.Threads ?? 0,
        Compute = settings.Compute,
        LibTorchFolder = settings.LibTorchFolder,
    });
}
