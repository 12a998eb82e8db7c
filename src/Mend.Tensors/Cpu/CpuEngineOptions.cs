namespace Mend.Tensors.Cpu;

/// <summary>Settings of <see cref="CpuEngine"/>. Immutable.</summary>
public sealed record CpuEngineOptions
{
    /// <summary>Default of <see cref="PoolBytes"/>: 1 GiB.</summary>
    public const long DefaultPoolBytes = 1L << 30;

    /// <summary>Threads that compute, the caller's included; 0 (the default) means one per processor. At least 0.</summary>
    public int Threads { get; init; }

    /// <summary>Vector instructions to use; <see cref="InstructionSet.Auto"/> by default.</summary>
    public InstructionSet Instructions { get; init; } = InstructionSet.Auto;

    /// <summary>
    /// Most bytes of freed tensors kept for reuse; beyond it the longest unused go back to the operating system.
    /// At least 0 (0 keeps nothing); <see cref="DefaultPoolBytes"/> by default.
    /// </summary>
    public long PoolBytes { get; init; } = DefaultPoolBytes;
}
