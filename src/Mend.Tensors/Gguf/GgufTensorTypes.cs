namespace Mend.Tensors;

/// <summary>The element types of tensors in GGUF files, by ggml's numbers.</summary>
internal static class GgufTensorTypes
{
    /// <summary>Types that are read.</summary>
    private static readonly Dictionary<uint, DType> Read = new()
    {
        [0] = DType.F32,
        [1] = DType.F16,
        [2] = DType.Q4_0,
        [3] = DType.Q4_1,
        [6] = DType.Q5_0,
        [7] = DType.Q5_1,
        [8] = DType.Q8_0,
        [10] = DType.Q2_K,
        [11] = DType.Q3_K,
        [12] = DType.Q4_K,
        [13] = DType.Q5_K,
        [14] = DType.Q6_K,
        [15] = DType.Q8_K,
        [24] = DType.I8,
        [25] = DType.I16,
        [26] = DType.I32,
        [27] = DType.I64,
        [28] = DType.F64,
        [30] = DType.BF16,
    };

    /// <summary>Types that are known by name only.</summary>
    private static readonly Dictionary<uint, string> Named = new()
    {
        [4] = "Q4_2",
        [5] = "Q4_3",
        [9] = "Q8_1",
        [16] = "IQ2_XXS",
        [17] = "IQ2_XS",
        [18] = "IQ3_XXS",
        [19] = "IQ1_S",
        [20] = "IQ4_NL",
        [21] = "IQ3_S",
        [22] = "IQ2_S",
        [23] = "IQ4_XS",
        [29] = "IQ1_M",
        [31] = "Q4_0_4_4",
        [32] = "Q4_0_4_8",
        [33] = "Q4_0_8_8",
        [34] = "TQ1_0",
        [35] = "TQ2_0",
        [39] = "MXFP4",
    };

    private static readonly Dictionary<DType, uint> Numbers = Read.ToDictionary(pair => pair.Value, pair => pair.Key);

    /// <summary>The type of a number.</summary>
    /// <param name="number">ggml's number.</param>
    /// <param name="name">The type's name, also where it is not read.</param>
    /// <returns>Null where it is not read.</returns>
    public static DType? Find(uint number, out string name)
    {
        if (Read.TryGetValue(number, out DType type))
        {
            name = type.ToString();
            return type;
        }

        name = Named.GetValueOrDefault(number, $"number {number}");
        return null;
    }

    /// <summary>ggml's number of a type.</summary>
    /// <exception cref="ArgumentOutOfRangeException">GGUF files have no such type.</exception>
    public static uint Number(DType type) => Numbers.TryGetValue(type, out uint number)
        ? number
        : throw new ArgumentOutOfRangeException(nameof(type), type, "GGUF files have no such type.");
}
