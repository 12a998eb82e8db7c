namespace Mend.Tensors;

/// <summary>
/// Makes the engines of an assembly that <see cref="Engines"/> finds at run time; the assembly names it in an
/// <see cref="EngineProviderAttribute"/>. Has a public constructor without arguments. Safe to use from several threads.
/// </summary>
public interface IEngineProvider
{
    /// <summary>Number of CUDA devices that can be used; 0 where there is none or anything that they need is missing. Does not throw.</summary>
    /// <param name="settings">Where to look for libtorch.</param>
    int CountCudaDevices(EngineSettings settings);

    /// <summary>Creates an engine.</summary>
    /// <param name="name">torch or cuda:N.</param>
    /// <param name="settings">Its settings.</param>
    /// <exception cref="EngineException">It cannot be had on this machine.</exception>
    IEngine Create(EngineName name, EngineSettings settings);
}
