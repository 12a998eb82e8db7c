using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Mend.Tensors.Torch.Native;

/// <summary>
/// The system's C++ standard library. A library that was built with a newer compiler asks for versions of its symbols that an
/// older system lacks; the loader's own message names one of them and neither what the system has nor what has it.
/// </summary>
internal static class StandardLibrary
{
    private const string Name = "libstdc++.so.6";

    /// <summary>How a version of its symbols starts; a number follows.</summary>
    private const string Prefix = "GLIBCXX_3.4.";

    /// <summary>Why a library cannot be loaded on this system, and what to do; null where nothing stands against it.</summary>
    public static string? Problem(string library)
    {
        if (!OperatingSystem.IsLinux() || Newest(library) is not (> 0 and int wanted))
        {
            return null;
        }

        string? path = NativeLibrary.TryLoad(Name, out _) ? MappedLibraries.Find(Name) : null;
        int found = path is null ? 0 : Newest(path);
        string has = path is null ? $"no {Name}" : string.Create(CultureInfo.InvariantCulture, $"{Prefix}{found} at most ({path})");
        return found >= wanted
            ? null
            : string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(library)} wants {Prefix}{wanted}, and this system ({RuntimeInformation.OSDescription}) has {has}. Use Debian 13, Ubuntu 24.04 or newer, or a container of one; the engine cpu does without.");
    }

    /// <summary>The newest version that a library defines or asks for, 0 for none.</summary>
    internal static int Newest(string library)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(library);
        ReadOnlySpan<byte> prefix = Encoding.ASCII.GetBytes(Prefix);
        int newest = 0;
        while (rest.IndexOf(prefix) is var at and >= 0)
        {
            rest = rest[(at + prefix.Length)..];
            if (int.TryParse(rest[..Math.Max(0, rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9'))], CultureInfo.InvariantCulture, out int number))
            {
                newest = Math.Max(newest, number);
            }
        }

        return newest;
    }
}
