namespace Mend.Tensors;

/// <summary>The element type in which a tensor is stored in a checkpoint. All arithmetic is float32.</summary>
public enum DType
{
    /// <summary>IEEE 754 binary32.</summary>
    F32,

    /// <summary>bfloat16: the upper half of a binary32.</summary>
    BF16,

    /// <summary>IEEE 754 binary16.</summary>
    F16,

    /// <summary>IEEE 754 binary64; weights of this type are rounded to <see cref="F32"/> when they are loaded.</summary>
    F64,

    /// <summary>Signed 64-bit integer.</summary>
    I64,

    /// <summary>Signed 32-bit integer.</summary>
    I32,

    /// <summary>Signed 16-bit integer.</summary>
    I16,

    /// <summary>Signed 8-bit integer.</summary>
    I8,

    /// <summary>Unsigned 8-bit integer.</summary>
    U8,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>GGUF: 4 bits, a scale per 32 elements.</summary>
    Q4_0,

    /// <summary>GGUF: 4 bits, a scale and a minimum per 32 elements.</summary>
    Q4_1,

    /// <summary>GGUF: 5 bits, a scale per 32 elements.</summary>
    Q5_0,

    /// <summary>GGUF: 5 bits, a scale and a minimum per 32 elements.</summary>
    Q5_1,

    /// <summary>GGUF: 8 bits, a scale per 32 elements.</summary>
    Q8_0,

    /// <summary>GGUF: 2 bits; 16 runs of 16 elements share two scales, each with 4 bits of its own for scale and minimum.</summary>
    Q2_K,

    /// <summary>GGUF: 3 bits; 16 runs of 16 elements share a scale, each with 6 bits of its own.</summary>
    Q3_K,

    /// <summary>GGUF: 4 bits; 8 runs of 32 elements share two scales, each with 6 bits of its own for scale and minimum.</summary>
    Q4_K,

    /// <summary>GGUF: 5 bits; scales as in <see cref="Q4_K"/>.</summary>
    Q5_K,

    /// <summary>GGUF: 6 bits; 16 runs of 16 elements share a scale, each with 8 bits of its own.</summary>
    Q6_K,

    /// <summary>GGUF: 8 bits, a float32 scale per 256 elements.</summary>
    Q8_K,
}

/// <summary>Facts about <see cref="DType"/>.</summary>
public static class DTypeExtensions
{
    /// <summary>Bytes one element takes.</summary>
    /// <param name="type">An element type that is not quantised.</param>
    /// <exception cref="ArgumentOutOfRangeException">Elements of this type take no whole number of bytes: see <see cref="BytesOf"/>.</exception>
    public static int Size(this DType type) => type switch
    {
        DType.F64 or DType.I64 => 8,
        DType.F32 or DType.I32 => 4,
        DType.BF16 or DType.F16 or DType.I16 => 2,
        DType.I8 or DType.U8 or DType.Bool => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a stored element type with a size of its own."),
    };

    /// <summary>Whether kernels can read weights of this type: f32, bf16, f16 and the quantised ones.</summary>
    /// <param name="type">The element type.</param>
    public static bool IsWeightType(this DType type) => type is DType.F32 or DType.BF16 or DType.F16 || type.IsQuantized();

    /// <summary>The type that weights have once they are loaded: their own, but float32 for float64.</summary>
    /// <param name="type">The type they are stored in.</param>
    public static DType Loaded(this DType type) => type == DType.F64 ? DType.F32 : type;

    /// <summary>Whether elements are stored in blocks that share scales (GGUF's Q types).</summary>
    /// <param name="type">The element type.</param>
    public static bool IsQuantized(this DType type) => type is >= DType.Q4_0 and <= DType.Q8_K;

    /// <summary>Elements of a block, which is never divided between rows; 1 for types that are not quantised.</summary>
    /// <param name="type">The element type.</param>
    public static int BlockLength(this DType type) => type switch
    {
        DType.Q4_0 or DType.Q4_1 or DType.Q5_0 or DType.Q5_1 or DType.Q8_0 => 32,
        DType.Q2_K or DType.Q3_K or DType.Q4_K or DType.Q5_K or DType.Q6_K or DType.Q8_K => 256,
        _ => 1,
    };

    /// <summary>Bytes of a block; the element's size for types that are not quantised.</summary>
    /// <param name="type">The element type.</param>
    public static int BlockBytes(this DType type) => type switch
    {
        DType.Q4_0 => 18,
        DType.Q4_1 => 20,
        DType.Q5_0 => 22,
        DType.Q5_1 => 24,
        DType.Q8_0 => 34,
        DType.Q2_K => 84,
        DType.Q3_K => 110,
        DType.Q4_K => 144,
        DType.Q5_K => 176,
        DType.Q6_K => 210,
        DType.Q8_K => 292,
        _ => type.Size(),
    };

    /// <summary>Bytes that a run of elements takes.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="elements">How many; whole blocks.</param>
    /// <exception cref="OverflowException">More bytes than a 64-bit integer counts.</exception>
    public static long BytesOf(this DType type, long elements) => checked(elements / type.BlockLength() * type.BlockBytes());
}
