using System.Runtime.InteropServices;

namespace Mend.Tensors.Torch.Native;

/// <summary>
/// The threads of OpenBLAS, where libtorch multiplies with it, as a distribution's libtorch does: it has a pool of its own, one
/// thread per processor, which libtorch's number of threads does not reach. MKL, in the packages' libtorch, follows libtorch.
/// </summary>
internal static unsafe class BlasThreads
{
    /// <summary>Threads of one product; null without OpenBLAS.</summary>
    public static int? Count => Find("openblas_get_num_threads") is var get and not 0 ? ((delegate* unmanaged<int>)get)() : null;

    /// <summary>Sets the number. Does nothing without OpenBLAS.</summary>
    public static void Set(int threads)
    {
        if (Find("openblas_set_num_threads") is var set and not 0)
        {
            ((delegate* unmanaged<int, void>)set)(threads);
        }
    }

    /// <summary>A function of the OpenBLAS that this process has mapped, or 0.</summary>
    private static nint Find(string function)
    {
        return MappedLibraries.Find("libopenblas") is { } path
            && NativeLibrary.TryLoad(path, out nint library) && NativeLibrary.TryGetExport(library, function, out nint address) ? address : 0;
    }
}
