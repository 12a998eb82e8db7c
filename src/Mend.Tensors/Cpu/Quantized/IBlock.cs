namespace Mend.Tensors.Cpu.Quantized;

/// <summary>
/// A block of a quantised type: element i is q[i] · scale + offset, with one scale and one offset per run of
/// <see cref="BlockLimits.Run"/> elements. Scales times integers are exact in float32 for all types but Q8_K, so an element is
/// rounded once, whatever instructions compute it.
/// </summary>
internal unsafe interface IBlock
{
    /// <summary>Elements of a block, at most <see cref="BlockLimits.Length"/>.</summary>
    static abstract int Length { get; }

    /// <summary>Bytes of a block.</summary>
    static abstract int Bytes { get; }

    /// <summary>Takes a block apart.</summary>
    /// <param name="block">Its bytes.</param>
    /// <param name="q">Receives the integers, <see cref="Length"/> of them.</param>
    /// <param name="scales">Receives a scale per run.</param>
    /// <param name="offsets">Receives an offset per run; zeros when called, and left alone by types that have none.</param>
    static abstract void Unpack(byte* block, sbyte* q, float* scales, float* offsets);
}

/// <summary>Facts that hold for every <see cref="IBlock"/>.</summary>
internal static class BlockLimits
{
    /// <summary>Elements of the longest block.</summary>
    public const int Length = 256;

    /// <summary>Elements that share a scale and an offset, at least.</summary>
    public const int Run = 16;
}
