namespace Mend.Tensors.Torch.Tests;

/// <summary>A test that needs a CUDA device: skipped, with the reason, where there is none that can be used.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CudaFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Reason = new(Find);

    public CudaFactAttribute() => Skip = Missing;

    /// <summary>Why there is no device, or null.</summary>
    public static string? Missing => Reason.Value;

    private static string? Find()
    {
        try
        {
            Engines.Create(TestEngines.Cuda).Dispose();
            return null;
        }
        catch (EngineException e)
        {
            return e.Message;
        }
    }
}
