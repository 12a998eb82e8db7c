using Mend.Tensors.Cpu;

namespace Mend.Tensors.Tests.Engine.Selection;

public sealed class EnginesTests
{
    [Fact]
    public void Create_Cpu_IsTheManagedEngineWithItsThreads()
    {
        using IEngine engine = Engines.Create("cpu", 3);
        Assert.Equal(3, Assert.IsType<CpuEngine>(engine).Threads);
    }

    [Fact]
    public void Create_AutoWithoutTorch_IsTheManagedEngine()
    {
        using IEngine engine = Engines.Create("auto");
        Assert.Equal("cpu", engine.Name);
    }

    [Theory]
    [InlineData("torch")]
    [InlineData("cuda:1")]
    public void Create_TorchWhereThisBuildHasNone_SaysWhatToDoInOneLine(string name)
    {
        EngineException e = Assert.Throws<EngineException>(() => Engines.Create(name));
        Assert.Equal(name, e.Engine);
        Assert.StartsWith($"Engine '{name}' needs TorchSharp", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData(0, "auto", "cpu")]
    [InlineData(2, "auto", "cuda:0")]
    [InlineData(2, "cpu", "cpu")]
    [InlineData(0, "cuda:1", "cuda:1")]
    public void Resolve_DevicesFound_AutoTakesThem(int devices, string asked, string wanted) =>
        Assert.Equal(wanted, Engines.Resolve(EngineName.Parse(asked), new Provider(devices), new EngineSettings()).ToString());

    [Fact]
    public void Create_NegativeThreads_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => Engines.Create("cpu", -1));

    private sealed class Provider(int devices) : IEngineProvider
    {
        public int CountCudaDevices(EngineSettings settings) => devices;

        public IEngine Create(EngineName name, EngineSettings settings) => throw new NotSupportedException();
    }
}
