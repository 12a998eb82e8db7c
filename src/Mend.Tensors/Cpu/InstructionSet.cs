namespace Mend.Tensors.Cpu;

/// <summary>Which vector instructions <see cref="CpuEngine"/> uses.</summary>
public enum InstructionSet
{
    /// <summary>The widest that the processor has.</summary>
    Auto,

    /// <summary>AVX-512 (F, BW, DQ): 16 floats at a time.</summary>
    Avx512,

    /// <summary>AVX2 with FMA: 8 floats at a time.</summary>
    Avx2,

    /// <summary><see cref="System.Numerics.Vector{T}"/>: whatever the runtime offers, on any processor.</summary>
    Portable,
}
