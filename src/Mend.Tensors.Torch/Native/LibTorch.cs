using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TorchSharp;

namespace Mend.Tensors.Torch.Native;

/// <summary>
/// Loads libtorch and TorchSharp's bridge to it, once per process, before TorchSharp does: its own loader writes pages to
/// the console when something is missing, and a libtorch of another version would end the process at the first call.
/// </summary>
internal static partial class LibTorch
{
    /// <summary>Environment variable that names the folder of libtorch.</summary>
    public const string FolderVariable = "MEND_LIBTORCH";

    /// <summary>The libtorch that this TorchSharp was made for; it keeps the number to itself until it is loaded.</summary>
    internal const string Version = "2.10.0";

    private const string Bridge = "LibTorchSharp";

    /// <summary>Resolve all symbols at once.</summary>
    private const int Now = 2;

    /// <summary>libtorch's libraries, each before those that need it. Those for CUDA are not in every libtorch.</summary>
    private static readonly string[] Libraries = ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"];

    private static readonly Lock Gate = new();
    private static bool _loaded;
    private static string? _folder;

    /// <summary>Where libtorch was found, for messages.</summary>
    public static string Where => _folder is null ? "from the system's library folders" : $"in '{_folder}'";

    /// <summary>Why this system can run no libtorch that fits, and what to do; null if it can.</summary>
    internal static string? SystemProblem => BridgePath() is { } bridge ? StandardLibrary.Problem(bridge) : null;

    /// <summary>Loads libtorch.</summary>
    /// <param name="engine">Who asks, for messages.</param>
    /// <param name="folder">Its folder; null takes the environment variable, and without that leaves it to the loader.</param>
    /// <exception cref="EngineException">It is not there or does not fit.</exception>
    public static void Load(string engine, string? folder)
    {
        lock (Gate)
        {
            if (_loaded)
            {
                return;
            }

            ProcessTuning.Apply();
            folder = string.IsNullOrWhiteSpace(folder) ? Environment.GetEnvironmentVariable(FolderVariable) : folder;
            string? bridge = BridgePath();
            if (SystemProblem is { } problem)
            {
                // Whichever libtorch is installed; so the loader's complaints about a missing one come after this.
                throw new EngineException(engine, $"Engine '{engine}' cannot be used: {problem}");
            }

            if (!string.IsNullOrWhiteSpace(folder))
            {
                Preload(engine, folder);
            }
            else if (bridge is not null && Find(Path.GetDirectoryName(bridge)!, "torch_cpu") is not null)
            {
                // From a package, beside the bridge.
                Preload(engine, Path.GetDirectoryName(bridge)!);
            }

            LoadBridge(engine, bridge);
            _loaded = true;
        }
    }

    /// <summary>Whether the loaded libtorch can use CUDA and the version that it was built for (12000 for 12.x), from the libraries that this process has mapped.</summary>
    public static (bool? HasCuda, int Version) Cuda()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (null, 0);
        }

        Match runtime = RuntimeName().Match(MappedLibraries.Find("libcudart") ?? string.Empty);
        int version = runtime.Success
            ? (1000 * int.Parse(runtime.Groups[1].ValueSpan, CultureInfo.InvariantCulture))
                + (10 * (runtime.Groups[2].Success ? int.Parse(runtime.Groups[2].ValueSpan, CultureInfo.InvariantCulture) : 0))
            : 0;
        return (MappedLibraries.Find("libtorch_cuda") is not null, version);
    }

    /// <summary>Loads the libraries of a folder, so that those that need them find them loaded.</summary>
    internal static void Preload(string engine, string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw Missing(engine, $"the folder '{folder}', named by {FolderVariable} or an option, does not exist");
        }

        if (Find(folder, "torch_cpu") is null)
        {
            throw Missing(engine, $"the folder '{folder}' holds no {FileName("torch_cpu")}; name the folder in which it lies (in Python's torch that is torch/lib)");
        }

        foreach (string library in Libraries)
        {
            if (Find(folder, library) is not { } path)
            {
                continue;
            }

            try
            {
                NativeLibrary.Load(path);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                throw Missing(engine, $"'{path}' cannot be loaded ({Reason(e.Message)})", e);
            }
        }

        _folder = folder;
    }

    private static void LoadBridge(string engine, string? path)
    {
        Assembly torchSharp = typeof(torch).Assembly;
        if (path is not null && OperatingSystem.IsLinux())
        {
            // The first call looks the function up, which would wipe out the reason that it is asked for later.
            _ = LastError();

            // All symbols now: those that a libtorch of another version lacks would otherwise be missed in mid-call.
            if (Open(path, Now) == 0)
            {
                throw Missing(engine, $"TorchSharp {torchSharp.GetName().Version?.ToString(3)} could not load it ({Reason(Marshal.PtrToStringUTF8(LastError()) ?? "no reason given")})");
            }
        }

        try
        {
            NativeLibrary.Load(Bridge, torchSharp, null);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw Missing(engine, $"{FileName(Bridge)} of TorchSharp cannot be loaded ({Reason(e.Message)})", e);
        }
    }

    private static EngineException Missing(string engine, string found, Exception? inner = null) => new(
        engine,
        $"Engine '{engine}' needs libtorch: {found}. Build with -p:TorchNative=cpu or cuda, install libtorch {Version}, which TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)} was made for, or set {FolderVariable} to its folder; the engine cpu does without.",
        inner);

    /// <summary>The loader's reason, without the path that it repeats and on one line.</summary>
    private static string Reason(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(l => l.Contains("cannot open shared object", StringComparison.Ordinal) || l.Contains("undefined symbol", StringComparison.Ordinal))
            ?? lines.FirstOrDefault() ?? "no reason given";
    }

    private static string? BridgePath()
    {
        string native = Path.Combine("runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        string searched = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty;
        IEnumerable<string> folders = searched.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, native))
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"));
        return folders.Select(folder => Path.Combine(folder, FileName(Bridge))).FirstOrDefault(File.Exists);
    }

    private static string FileName(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>A library of a folder, with or without a version after its name.</summary>
    private static string? Find(string folder, string library)
    {
        string name = FileName(library);
        string plain = Path.Combine(folder, name);
        return File.Exists(plain) ? plain : Directory.EnumerateFiles(folder, name + ".*").Order(StringComparer.Ordinal).FirstOrDefault();
    }

    [GeneratedRegex(@"libcudart[-\w]*\.so\.(\d+)(?:\.(\d+))?")]
    private static partial Regex RuntimeName();

    [LibraryImport("libc", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dlerror")]
    private static partial nint LastError();
}
