namespace Mend.Tensors;

/// <summary>The engines that can be asked for by name.</summary>
public enum EngineKind
{
    /// <summary>A CUDA device where there is a usable one, else <see cref="Cpu"/>: "auto".</summary>
    Auto,

    /// <summary>The managed engine on the processor: "cpu".</summary>
    Cpu,

    /// <summary>libtorch on the processor: "torch".</summary>
    Torch,

    /// <summary>libtorch on a CUDA device: "cuda:0".</summary>
    Cuda,
}
