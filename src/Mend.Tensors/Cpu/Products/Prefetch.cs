using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Mend.Tensors.Cpu.Products;

/// <summary>
/// Asks for memory ahead of its use. Blocks of a weight are short runs far apart, each on a page of its own, which the
/// processor's own prefetchers do not follow. Addresses past the matrix are harmless.
/// </summary>
internal static unsafe class Prefetch
{
    private const int Line = 64;

    /// <summary>Asks for the cache lines of a run of bytes; does nothing where the processor has no such instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(void* start, long bytes)
    {
        if (Sse.IsSupported)
        {
            for (byte* p = (byte*)start, end = p + bytes; p < end; p += Line)
            {
                Sse.Prefetch0(p);
            }
        }
    }
}
