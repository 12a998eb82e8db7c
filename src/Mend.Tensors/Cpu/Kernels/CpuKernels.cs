using Mend.Tensors.Cpu.Products;

namespace Mend.Tensors.Cpu.Kernels;

/// <summary>
/// The inner loops of <see cref="CpuEngine"/>, over raw float32 memory, for one instruction set. They allocate
/// nothing, keep no state and run on the calling thread; the engine splits work into ranges. No operand may overlap a
/// result unless a member says so. Element-wise results do not depend on where an element lies in its range.
/// </summary>
internal abstract unsafe class CpuKernels
{
    /// <summary>The kernels for an instruction set.</summary>
    /// <exception cref="PlatformNotSupportedException">This processor lacks the instructions asked for.</exception>
    public static CpuKernels For(InstructionSet set) => set switch
    {
        InstructionSet.Auto when Lanes.Lanes512.IsSupported => new CpuKernels<Lanes.Lanes512>(),
        InstructionSet.Auto when Lanes.Lanes256.IsSupported => new CpuKernels<Lanes.Lanes256>(),
        InstructionSet.Avx512 when Lanes.Lanes512.IsSupported => new CpuKernels<Lanes.Lanes512>(),
        InstructionSet.Avx2 when Lanes.Lanes256.IsSupported => new CpuKernels<Lanes.Lanes256>(),
        InstructionSet.Auto or InstructionSet.Portable => new CpuKernels<Lanes.LanesPortable>(),
        InstructionSet.Avx512 or InstructionSet.Avx2 => throw new PlatformNotSupportedException($"This processor has no {set} instructions. Set CpuEngineOptions.Instructions to Auto or Portable."),
        _ => throw new ArgumentOutOfRangeException(nameof(set), set, "Not an instruction set; use Auto, Avx512, Avx2 or Portable."),
    };

    // ---- element-wise: n elements ----------------------------------------------------------------------------------

    /// <summary>y = a + b; a step of 0 repeats that operand's first element, 1 walks through it.</summary>
    public abstract void Add(float* a, int stepA, float* b, int stepB, float* y, long n);

    /// <summary>y = a ⊙ b; steps as in <see cref="Add"/>.</summary>
    public abstract void Multiply(float* a, int stepA, float* b, int stepB, float* y, long n);

    /// <summary>y = factor · x; y may be x.</summary>
    public abstract void Scale(float* x, float factor, float* y, long n);

    /// <summary>y += factor · x.</summary>
    public abstract void Accumulate(float* y, float* x, float factor, long n);

    /// <summary>y = f(x).</summary>
    public abstract void Unary(UnaryOp op, float* x, float* y, long n);

    /// <summary>dx = dy ⊙ f′(x).</summary>
    public abstract void UnaryGradient(UnaryOp op, float* x, float* dy, float* dx, long n);

    /// <summary>One Adam step in place.</summary>
    public abstract void Adam(float* parameter, float* m, float* v, float* gradient, in AdamSettings settings, long n);

    /// <summary>y = x converted to float32.</summary>
    public abstract void Convert(DType type, void* x, float* y, long n);

    // ---- one row of n ----------------------------------------------------------------------------------------------

    /// <summary>Σ x, in an order that depends on n only.</summary>
    public abstract float Sum(float* x, long n);

    /// <summary>Σ x², accumulated in float64, in an order that depends on n only.</summary>
    public abstract double SumOfSquares(float* x, long n);

    /// <summary>y = (x − mean)·rstd·gain + bias; bias may be null.</summary>
    public abstract void LayerNorm(float* x, float* gain, float* bias, float epsilon, float* y, float* statistics, long n);

    /// <summary>Gradient of <see cref="LayerNorm"/>.</summary>
    public abstract void LayerNormGradient(float* x, float* gain, float* statistics, float* dy, float* dx, long n);

    /// <summary>y = x·rrms·gain.</summary>
    public abstract void RmsNorm(float* x, float* gain, float epsilon, float* y, float* statistics, long n);

    /// <summary>Gradient of <see cref="RmsNorm"/>.</summary>
    public abstract void RmsNormGradient(float* x, float* gain, float* statistics, float* dy, float* dx, long n);

    /// <summary>y = softmax(scale·x + bias); bias may be null, its step is 0 or 1; y may be x.</summary>
    public abstract void Softmax(float* x, float scale, float* bias, int stepBias, float* y, long n);

    /// <summary>dx = scale · y ⊙ (dy − Σ y dy).</summary>
    public abstract void SoftmaxGradient(float* y, float* dy, float scale, float* dx, long n);

    /// <summary>y = x − log Σ eˣ.</summary>
    public abstract void LogSoftmax(float* x, float* y, long n);

    /// <summary>dx = dy − eʸ Σ dy.</summary>
    public abstract void LogSoftmaxGradient(float* y, float* dy, float* dx, long n);

    /// <summary>Position of the first largest element; 0 when n is 0 or nothing compares.</summary>
    public abstract int ArgMax(float* x, long n);

    /// <summary>Whether any element differs from 0.</summary>
    public abstract bool AnyNonZero(float* x, long n);

    /// <summary>(a, b) → (a cos − b sin, b cos + a sin) for a = x[0..r], b = x[r..2r]; sign turns sin around.</summary>
    public abstract void RotateHalves(float* x, float* cos, float* sin, float sign, float* y, long r);

    // ---- blocks ----------------------------------------------------------------------------------------------------

    /// <summary>y[c, r] = x[r, c].</summary>
    public abstract void Transpose(float* x, long rows, long columns, long strideX, float* y, long strideY);

    // ---- products --------------------------------------------------------------------------------------------------

    /// <summary>Floats of scratch memory that <see cref="Multiply(in Product, int, int, int, int, float*)"/> needs.</summary>
    public abstract long ProductScratch(in Product product, int rows, int columns);

    /// <summary>A block of a matrix product: rows and columns of C, all of k.</summary>
    public abstract void Multiply(in Product product, int row, int rows, int column, int columns, float* scratch);
}
