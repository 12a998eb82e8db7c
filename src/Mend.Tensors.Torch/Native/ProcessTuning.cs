using System.Runtime.InteropServices;

namespace Mend.Tensors.Torch.Native;

/// <summary>
/// What libtorch's helpers take from the process, set before they are loaded, and only where the user has not set it:
/// <list type="bullet">
/// <item>OMP_WAIT_POLICY=passive. OpenMP's threads otherwise spin between two operations; where other programs want the
/// processors as well, each operation then waits for whole time slices (measured: ten times slower).</item>
/// <item>glibc's malloc keeps freed memory for reuse, as the managed engine's pool does; otherwise every large result is
/// mapped afresh, and clearing its pages takes longer than computing it (measured: copies at a fifth of the speed).</item>
/// </list>
/// </summary>
internal static partial class ProcessTuning
{
    private const string WaitPolicy = "OMP_WAIT_POLICY";
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MapThreshold = -3;

    /// <summary>Blocks above are mapped and go back at once: weights, not activations.</summary>
    private const int LargestKept = 256 << 20;

    /// <summary>Free memory at the heap's end above which it is given back.</summary>
    private const int MostKept = 1 << 30;

    private const int Growth = 64 << 20;

    /// <summary>Sets what is not set. Does nothing on systems other than Linux.</summary>
    public static void Apply()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // The runtime's own copy of the environment is not what libraries read.
        _ = SetEnvironment(WaitPolicy, "passive", 0);
        if (Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name.StartsWith("MALLOC_", StringComparison.Ordinal) || name == "GLIBC_TUNABLES"))
        {
            return;
        }

        try
        {
            _ = Allocation(MapThreshold, LargestKept);
            _ = Allocation(TrimThreshold, MostKept);
            _ = Allocation(TopPad, Growth);
        }
        catch (EntryPointNotFoundException)
        {
            // Not glibc.
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int Allocation(int parameter, int value);
}
