namespace Mend.Tensors.Torch;

/// <summary>Settings of <see cref="TorchEngine"/>. Immutable.</summary>
public sealed record TorchEngineOptions
{
    /// <summary>Index of the CUDA device; null (the default) computes on the processor.</summary>
    public int? CudaDevice { get; init; }

    /// <summary>
    /// Threads that compute on the processor; 0 (the default) means one per processor. At least 0. libtorch keeps one number
    /// for the process: the engine created last decides.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>Element type of products with frozen weights; <see cref="ComputeType.F32"/> by default.</summary>
    public ComputeType Compute { get; init; }

    /// <summary>Folder of libtorch; null (the default) takes the environment variable MEND_LIBTORCH, else what the loader finds. The first engine of a process decides.</summary>
    public string? LibTorchFolder { get; init; }
}
