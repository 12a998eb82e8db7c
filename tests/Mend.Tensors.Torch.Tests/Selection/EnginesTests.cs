using Mend.Tensors.Cpu;

namespace Mend.Tensors.Torch.Tests.Selection;

public sealed class EnginesTests
{
    [Fact]
    public void Create_Cpu_IsTheManagedEngineWithItsThreads()
    {
        using IEngine engine = Engines.Create("cpu", 3);
        Assert.Equal(3, Assert.IsType<CpuEngine>(engine).Threads);
    }

    [Fact]
    public void Create_Auto_IsTheManagedEngineWhereThereIsNoCudaDevice()
    {
        using IEngine engine = Engines.Create("auto");
        Assert.Equal(CudaFactAttribute.Missing is null ? "cuda:0" : "cpu", engine.Name);
    }

    [Theory]
    [InlineData(0, "auto", "cpu")]
    [InlineData(2, "auto", "cuda:0")]
    [InlineData(2, "cpu", "cpu")]
    [InlineData(0, "cuda:1", "cuda:1")]
    public void Resolve_DevicesFound_AutoTakesThem(int devices, string asked, string wanted) =>
        Assert.Equal(wanted, Engines.Resolve(EngineName.Parse(asked), () => devices).ToString());

    [Fact]
    public void Create_NegativeThreads_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => Engines.Create("cpu", -1));
}
