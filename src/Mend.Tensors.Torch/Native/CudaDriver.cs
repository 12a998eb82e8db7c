using System.Runtime.InteropServices;

namespace Mend.Tensors.Torch.Native;

/// <summary>What NVIDIA's driver says of itself, asked without libtorch.</summary>
internal static unsafe class CudaDriver
{
    /// <summary>The driver's library.</summary>
    public static string LibraryName => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>Whether the library is there.</summary>
    public static bool IsInstalled => NativeLibrary.TryLoad(LibraryName, out _);

    /// <summary>The newest CUDA that the driver supports (12080 is 12.8), how many devices it sees, and its error code (0 is none). Null without a driver.</summary>
    public static (int Version, int Devices, int Error)? Ask()
    {
        if (!NativeLibrary.TryLoad(LibraryName, out nint library))
        {
            return null;
        }

        int version = 0;
        int devices = 0;
        int error = 0;
        if (NativeLibrary.TryGetExport(library, "cuDriverGetVersion", out nint getVersion))
        {
            _ = ((delegate* unmanaged<int*, int>)getVersion)(&version);
        }

        if (NativeLibrary.TryGetExport(library, "cuInit", out nint init))
        {
            error = ((delegate* unmanaged<uint, int>)init)(0);
        }

        if (error == 0 && NativeLibrary.TryGetExport(library, "cuDeviceGetCount", out nint getCount))
        {
            error = ((delegate* unmanaged<int*, int>)getCount)(&devices);
        }

        return (version, devices, error);
    }
}
