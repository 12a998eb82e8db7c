namespace Mend.Tensors;

/// <summary>The names of element types in safetensors headers.</summary>
internal static class SafetensorsTypes
{
    /// <summary>The type of a header's name; null if this library does not know it.</summary>
    public static DType? Parse(string name) => name switch
    {
        "F32" => DType.F32,
        "BF16" => DType.BF16,
        "F16" => DType.F16,
        "F64" => DType.F64,
        "I64" => DType.I64,
        "I32" => DType.I32,
        "I16" => DType.I16,
        "I8" => DType.I8,
        "U8" => DType.U8,
        "BOOL" => DType.Bool,
        _ => null,
    };

    /// <summary>The name of a type in a header.</summary>
    /// <exception cref="ArgumentException">Safetensors files have no such type.</exception>
    public static string Name(DType type) => type == DType.Bool ? "BOOL" : !type.IsQuantized() ? type.ToString() : throw new ArgumentException(
        $"Safetensors files have no type {type}; convert the tensor to F32, BF16 or F16.", nameof(type));
}
