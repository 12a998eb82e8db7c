namespace Mend.Tensors;

/// <summary>Conversion of float32 to and from the two 16-bit types.</summary>
public static class HalfFloats
{
    /// <summary>Rounds to the nearest bfloat16, ties to even; NaN stays NaN.</summary>
    /// <param name="value">Any float.</param>
    /// <returns>The bits.</returns>
    public static ushort ToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            // The payload may lie in the half that is dropped: a quiet bit keeps it from becoming infinity.
            return (ushort)((bits >> 16) | 0x40);
        }

        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>The value of a bfloat16.</summary>
    /// <param name="bits">Its bits.</param>
    public static float FromBFloat16(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Rounds to the nearest binary16, ties to even; NaN stays NaN and large values become infinite.</summary>
    /// <param name="value">Any float.</param>
    /// <returns>The bits.</returns>
    public static ushort ToFloat16(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    /// <summary>The value of a binary16.</summary>
    /// <param name="bits">Its bits.</param>
    public static float FromFloat16(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

    /// <summary>Rounds many values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="destination">Receives the bits; at least as long.</param>
    /// <param name="type">BF16 or F16.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another type.</exception>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public static void Round(ReadOnlySpan<float> values, Span<ushort> destination, DType type)
    {
        if (destination.Length < values.Length)
        {
            throw new ArgumentException($"The destination holds {destination.Length} elements; {values.Length} are wanted.", nameof(destination));
        }

        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = type switch
            {
                DType.BF16 => ToBFloat16(values[i]),
                DType.F16 => ToFloat16(values[i]),
                _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Values are rounded to BF16 or F16."),
            };
        }
    }
}
