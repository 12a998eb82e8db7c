using Mend.Tensors.Torch.Native;

[assembly: Mend.Tensors.EngineProvider(typeof(Mend.Tensors.Torch.TorchEngineProvider))]

namespace Mend.Tensors.Torch;

/// <summary>Makes the engines of this assembly for <see cref="Engines"/>. Safe to use from several threads.</summary>
public sealed class TorchEngineProvider : IEngineProvider
{
    /// <inheritdoc/>
    public int CountCudaDevices(EngineSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);

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

    /// <inheritdoc/>
    public IEngine Create(EngineName name, EngineSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new TorchEngine(new TorchEngineOptions
        {
            CudaDevice = name.Kind switch
            {
                EngineKind.Cuda => name.Device,
                EngineKind.Torch => null,
                _ => throw new ArgumentException($"Engine '{name}' is not one on libtorch; use torch or cuda:N.", nameof(name)),
            },
            Threads = settings.Threads ?? 0,
            Compute = settings.Compute,
            LibTorchFolder = settings.LibTorchFolder,
        });
    }
}
