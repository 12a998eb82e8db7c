namespace Mend.Tensors;

/// <summary>An engine that says how much its tensors take.</summary>
public interface IMeteredEngine : IEngine
{
    /// <summary>Bytes of its tensors and folded weights; frozen weights are not counted.</summary>
    MemoryMeter Memory { get; }
}
