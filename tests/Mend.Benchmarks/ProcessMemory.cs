using System.Globalization;

namespace Mend.Benchmarks;

/// <summary>What Linux says of this process's memory, in bytes.</summary>
/// <param name="Anonymous">Resident memory that no file backs: heaps, and on the processor libtorch's tensors.</param>
/// <param name="File">Resident pages of mapped files, programs and libraries among them; the system can drop them at any time.</param>
/// <param name="Peak">The most that both together have been since <see cref="ForgetPeak"/>.</param>
internal readonly record struct ProcessMemory(long Anonymous, long File, long Peak)
{
    /// <summary>Both together.</summary>
    public long Resident => Anonymous + File;

    /// <summary>The figures of now.</summary>
    /// <exception cref="PlatformNotSupportedException">Not on Linux.</exception>
    public static ProcessMemory Now()
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("Memory is measured on Linux only: /proc/self/status is missing.");
        }

        Dictionary<string, long> status = [];
        foreach (string line in System.IO.File.ReadLines("/proc/self/status"))
        {
            string[] words = line.Split((char[])[':', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 3 && words[2] == "kB")
            {
                status[words[0]] = 1024 * long.Parse(words[1], CultureInfo.InvariantCulture);
            }
        }

        return new ProcessMemory(status["RssAnon"], status["RssFile"] + status["RssShmem"], status["VmHWM"]);
    }

    /// <summary>Lets the peak begin at what is resident now.</summary>
    public static void ForgetPeak() => System.IO.File.WriteAllText("/proc/self/clear_refs", "5");
}
