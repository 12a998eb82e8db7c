namespace Mend.Tensors.Torch.Tests.Selection;

public sealed class EngineNameTests
{
    [Theory]
    [InlineData("cpu", EngineKind.Cpu, 0, "cpu")]
    [InlineData("torch", EngineKind.Torch, 0, "torch")]
    [InlineData("cuda", EngineKind.Cuda, 0, "cuda:0")]
    [InlineData("cuda:3", EngineKind.Cuda, 3, "cuda:3")]
    [InlineData(" CUDA:12 ", EngineKind.Cuda, 12, "cuda:12")]
    [InlineData("Auto", EngineKind.Auto, 0, "auto")]
    public void Parse_Name_GivesItsKindAndDevice(string text, EngineKind kind, int device, string written)
    {
        EngineName name = EngineName.Parse(text);
        Assert.Equal((kind, device, written), (name.Kind, name.Device, name.ToString()));
        Assert.Equal(name, EngineName.Parse(written));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:x")]
    [InlineData("cuda:99999999999")]
    public void TryParse_OtherText_SaysNo(string? text) => Assert.False(EngineName.TryParse(text, out _));

    [Fact]
    public void Parse_OtherText_ListsTheEngines()
    {
        string message = Assert.Throws<FormatException>(() => EngineName.Parse("gpu")).Message;
        Assert.Equal("'gpu' is no engine; use cpu, torch, cuda:N (N from 0) or auto.", message);
    }

    [Fact]
    public void Default_IsAuto() => Assert.Equal("auto", default(EngineName).ToString());
}
