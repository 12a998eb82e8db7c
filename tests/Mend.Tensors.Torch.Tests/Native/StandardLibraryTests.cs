using System.Runtime.InteropServices;
using Mend.Tensors.Torch.Native;

namespace Mend.Tensors.Torch.Tests.Native;

/// <summary>What is wrong with an older system, said in one line before the loader says less.</summary>
public sealed class StandardLibraryTests : IDisposable
{
    private readonly string _library = Path.GetTempFileName();

    [Fact]
    public void Problem_LibraryOfANewerCompiler_NamesWhatIsWantedWhatIsThereAndWhatToDo()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        string problem = Problem("GLIBCXX_3.4.30", "GLIBCXX_3.4.4567", "GLIBCXX_3.4.9") ?? string.Empty;

        Assert.StartsWith($"{Path.GetFileName(_library)} wants GLIBCXX_3.4.4567, and this system ({RuntimeInformation.OSDescription}) has ", problem, StringComparison.Ordinal);
        Assert.Matches(@"has GLIBCXX_3\.4\.\d+ at most \(/\S*libstdc\+\+\.so\.6\S*\)\. Use Debian 13, Ubuntu 24\.04 or newer", problem);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public void Problem_LibraryThatFits_IsNone() => Assert.Null(Problem("GLIBCXX_3.4.9", "GLIBCXX_3.4"));

    [Fact]
    public void Problem_LibraryWithoutCpp_IsNone() => Assert.Null(Problem("GLIBC_2.34"));

    [Theory]
    [InlineData("\0GLIBCXX_3.4.9\0GLIBCXX_3.4.32\0GLIBCXX_3.4.30\0", 32)]
    [InlineData("GLIBCXX_3.4\0GLIBCXX_3.4.\0", 0)]
    [InlineData("", 0)]
    public void Newest_SymbolVersions_IsTheHighestNumber(string content, int newest)
    {
        File.WriteAllText(_library, content);
        Assert.Equal(newest, StandardLibrary.Newest(_library));
    }

    public void Dispose() => File.Delete(_library);

    private string? Problem(params string[] wanted)
    {
        File.WriteAllText(_library, $"\x7fELF\0{string.Join('\0', wanted)}\0");
        return StandardLibrary.Problem(_library);
    }
}
