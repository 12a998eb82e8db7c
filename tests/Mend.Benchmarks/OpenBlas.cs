using System.Runtime.InteropServices;

namespace Mend.Benchmarks;

/// <summary>The two functions of OpenBLAS that the comparison needs.</summary>
internal static unsafe partial class OpenBlas
{
    private const int RowMajor = 101;
    private const int NoTranspose = 111;
    private const int Transpose = 112;

    /// <summary>Whether the library is installed.</summary>
    public static bool IsInstalled => NativeLibrary.TryLoad("libopenblas.so.0", out _);

    /// <summary>C [m, n] = A [m, k] · op(B).</summary>
    public static void Multiply(float* a, float* b, bool transposeB, float* c, int m, int n, int k) =>
        Sgemm(RowMajor, NoTranspose, transposeB ? Transpose : NoTranspose, m, n, k, 1f, a, k, b, transposeB ? k : n, 0f, c, n);

    /// <summary>Sets the number of threads.</summary>
    [LibraryImport("libopenblas.so.0", EntryPoint = "openblas_set_num_threads")]
    public static partial void SetThreads(int threads);

    /// <summary>What the library says about itself: version and kernels.</summary>
    public static string Configuration() => Marshal.PtrToStringUTF8(GetConfig()) + " " + Marshal.PtrToStringUTF8(GetCoreName());

    [LibraryImport("libopenblas.so.0", EntryPoint = "openblas_get_config")]
    private static partial nint GetConfig();

    [LibraryImport("libopenblas.so.0", EntryPoint = "openblas_get_corename")]
    private static partial nint GetCoreName();

    [LibraryImport("libopenblas.so.0", EntryPoint = "cblas_sgemm")]
    private static partial void Sgemm(int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
}
