using System.Reflection;
using Mend.Tensors.Cpu;

namespace Mend.Tensors;

/// <summary>
/// Engines by name. The managed engine is always there; those on libtorch come from the assembly Mend.Tensors.Torch where
/// it lies beside the program, so a build without TorchSharp needs no other code than one with it.
/// </summary>
public static class Engines
{
    /// <summary>The assembly that brings the engines on libtorch.</summary>
    private const string TorchAssembly = "Mend.Tensors.Torch";

    private static readonly Lazy<IEngineProvider?> Torch = new(Discover);

    /// <summary>What there is to choose from, for help texts.</summary>
    public const string Choices = "cpu, torch, cuda:N or auto";

    /// <summary>Creates an engine by name.</summary>
    /// <param name="name">cpu, torch, cuda:N or auto.</param>
    /// <param name="threads">Threads that compute; null or 0 means one per processor.</param>
    /// <exception cref="FormatException">No engine has this name.</exception>
    /// <exception cref="EngineException">It is not in this build or cannot be had on this machine.</exception>
    public static IEngine Create(string name, int? threads = null) => Create(EngineName.Parse(name), new EngineSettings { Threads = threads });

    /// <summary>Creates an engine.</summary>
    /// <param name="name">Which one.</param>
    /// <param name="settings">Its settings.</param>
    /// <exception cref="EngineException">It is not in this build or cannot be had on this machine.</exception>
    public static IEngine Create(EngineName name, EngineSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Threads ?? 0, nameof(settings));
        IEngineProvider? torch = name.Kind == EngineKind.Cpu ? null : Torch.Value;
        name = Resolve(name, torch, settings);
        return name.Kind == EngineKind.Cpu
            ? new CpuEngine(new CpuEngineOptions { Threads = settings.Threads ?? 0 })
            : Need(name, torch).Create(name, settings);
    }

    /// <summary>What auto stands for here; any other name is itself.</summary>
    internal static EngineName Resolve(EngineName name, IEngineProvider? torch, EngineSettings settings) => name.Kind switch
    {
        EngineKind.Auto when torch?.CountCudaDevices(settings) > 0 => EngineName.ForCuda(0),
        EngineKind.Auto => EngineName.Parse("cpu"),
        _ => name,
    };

    /// <summary>The provider, which must be there.</summary>
    internal static IEngineProvider Need(EngineName name, IEngineProvider? torch) => torch ?? throw new EngineException(
        name.ToString(),
        $"Engine '{name}' needs TorchSharp, which this build does not have ({TorchAssembly}.dll beside the program is missing or was built without it): build with a package feed that carries TorchSharp, or use the engine cpu.");

    private static IEngineProvider? Discover()
    {
        try
        {
            Assembly assembly = Load();
            return assembly.GetCustomAttribute<EngineProviderAttribute>() is { } named ? (IEngineProvider?)Activator.CreateInstance(named.Type) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            return null;
        }
    }

    /// <summary>By name where the program refers to it, else from the program's folder with what lies there.</summary>
    private static Assembly Load()
    {
        try
        {
            return Assembly.Load(new AssemblyName(TorchAssembly));
        }
        catch (FileNotFoundException)
        {
            return Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, TorchAssembly + ".dll"));
        }
    }
}
