using Mend.Tensors.Torch.Native;
using TorchSharp;

namespace Mend.Tensors.Torch.Tests.Native;

[NeedsLibTorch]
public sealed class LoadedLibTorchTests
{
    [Fact]
    public void Load_LibtorchOfThePackage_IsTheOneThatMessagesName()
    {
        TestEngines.Create(TestEngines.Torch).Dispose();
        Assert.StartsWith(LibTorch.Version, torch.__version__, StringComparison.Ordinal);
    }

    [Fact]
    public void Operations_MoreMemoryThanThereIs_SayWhatToDo()
    {
        using IEngine engine = TestEngines.Create(TestEngines.Torch);
        EngineException e = Assert.Throws<EngineException>(() => engine.Zeros([1 << 30, 1 << 20]));
        Assert.True(e.IsOutOfMemory);
        Assert.DoesNotContain('\n', e.Message);
        Assert.Equal(0, TestEngines.LiveTensors(engine));
    }

    [CudaFact]
    public void Operations_MoreDeviceMemoryThanThereIs_SayWhatToDo()
    {
        using IEngine engine = TestEngines.Create(TestEngines.Cuda);
        Assert.True(Assert.Throws<EngineException>(() => engine.Zeros([1 << 30, 1 << 20])).IsOutOfMemory);
    }
}
