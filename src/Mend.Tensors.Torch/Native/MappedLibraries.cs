namespace Mend.Tensors.Torch.Native;

/// <summary>The libraries that this process has loaded, whoever loaded them. None are known on systems other than Linux.</summary>
internal static class MappedLibraries
{
    private const string Maps = "/proc/self/maps";

    /// <summary>The path of the first library whose file name starts as given, or null.</summary>
    public static string? Find(string name) => OperatingSystem.IsLinux()
        ? File.ReadLines(Maps).Select(PathOf).FirstOrDefault(path => path is not null && Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal))
        : null;

    /// <summary>The sixth column, the only one with slashes in front; anonymous memory has none.</summary>
    private static string? PathOf(string line) => line.IndexOf('/', StringComparison.Ordinal) is var start and > 0 ? line[start..] : null;
}
