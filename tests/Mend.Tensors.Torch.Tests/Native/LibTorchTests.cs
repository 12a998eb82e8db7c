using Mend.Tensors.Torch.Native;

namespace Mend.Tensors.Torch.Tests.Native;

public sealed class LibTorchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mend-libtorch-").FullName;

    [Fact]
    public void Preload_FolderThatIsMissing_NamesIt()
    {
        string folder = Path.Combine(_folder, "nowhere");
        AssertSays(() => LibTorch.Preload("torch", folder), $"the folder '{folder}'", "does not exist", "MEND_LIBTORCH");
    }

    [Fact]
    public void Preload_FolderWithoutLibtorch_SaysWhichFileIsWanted() =>
        AssertSays(() => LibTorch.Preload("torch", _folder), $"'{_folder}' holds no", "torch_cpu", "torch/lib");

    [Fact]
    public void Preload_FileThatIsNoLibrary_NamesIt()
    {
        string file = Path.Combine(_folder, OperatingSystem.IsWindows() ? "torch_cpu.dll" : OperatingSystem.IsMacOS() ? "libtorch_cpu.dylib" : "libtorch_cpu.so");
        File.WriteAllText(file, "no library");
        AssertSays(() => LibTorch.Preload("torch", _folder), $"'{file}' cannot be loaded");
    }

    [Fact]
    public void Translate_DeviceMemory_SaysWhatToDoWithoutTheTrace()
    {
        EngineException e = LibTorchErrors.Translate("cuda:0", "Linear", [256, 6400], new System.Runtime.InteropServices.ExternalException(
            "CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 8.00 GiB total capacity)\nException raised from malloc at ...\nframe #0: c10::Error"));
        Assert.True(e.IsOutOfMemory);
        Assert.Contains("no memory left for Linear of [256, 6400]", e.Message, StringComparison.Ordinal);
        Assert.Contains("Tried to allocate 2.00 GiB", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("frame", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void AssertSays(Action load, params string[] parts)
    {
        EngineException e = Assert.Throws<EngineException>(load);
        Assert.StartsWith("Engine 'torch' needs libtorch: ", e.Message, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, e.Message, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', e.Message);
    }
}
