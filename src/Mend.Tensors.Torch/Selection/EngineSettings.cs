namespace Mend.Tensors;

/// <summary>Settings that every engine understands, or rightly ignores. Immutable.</summary>
public sealed record EngineSettings
{
    /// <summary>Threads that compute; null or 0 (the default) means one per processor. At least 0. A CUDA device ignores it.</summary>
    public int? Threads { get; init; }

    /// <summary>Element type of products with frozen weights; <see cref="ComputeType.F32"/> by default. The managed engine always computes in float32.</summary>
    public ComputeType Compute { get; init; }

    /// <summary>
    /// Folder that holds libtorch (libtorch_cpu.so and its companions), for machines where the loader does not find it by
    /// itself; null (the default) takes the environment variable MEND_LIBTORCH, and where that is not set leaves it to the loader.
    /// </summary>
    public string? LibTorchFolder { get; init; }
}
