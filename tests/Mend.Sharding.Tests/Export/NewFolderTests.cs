namespace Mend.Sharding.Tests.Export;

public sealed class NewFolderTests : IDisposable
{
    private readonly TemporaryFolder _root = new();

    private string Target => Path.Combine(_root.Path, "model");

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Write_FolderOfADeadWriter_ClearedAndThatOfALiveOneKept()
    {
        string dead = Directory.CreateDirectory($"{Target}.tmp-{Guid.NewGuid():n}").FullName;
        string foreign = Directory.CreateDirectory($"{Target}.tmp-mine").FullName;
        File.WriteAllText(Path.Combine(dead, "half"), "x");
        string alive = string.Empty;

        NewFolder.Write(Target + "2", outer =>
        {
            alive = outer;
            File.WriteAllText(Path.Combine(outer, "a"), "outer");
            Assert.Throws<InvalidOperationException>(() => NewFolder.Write(Target + "2", _ => throw new InvalidOperationException()));
            Assert.True(Directory.Exists(alive));
        });
        NewFolder.Write(Target, folder => File.WriteAllText(Path.Combine(folder, "b"), "whole"));

        Assert.Equal([Target, Target + ".tmp-mine", Target + "2"], Directory.GetFileSystemEntries(_root.Path).Order(StringComparer.Ordinal));
        Assert.Equal("outer", File.ReadAllText(Path.Combine(Target + "2", "a")));
        Assert.Equal("whole", File.ReadAllText(Path.Combine(Target, "b")));
        Assert.True(Directory.Exists(foreign));
    }

    [Fact]
    public void Write_ReadOnlyFilesInIt_Flushed()
    {
        NewFolder.Write(Target, folder =>
        {
            string file = Path.Combine(folder, "a");
            File.WriteAllText(file, "x");
            File.SetAttributes(file, FileAttributes.ReadOnly);
        });

        Assert.Equal("x", File.ReadAllText(Path.Combine(Target, "a")));
    }
}
