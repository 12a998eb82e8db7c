namespace Mend.Tensors.Tests;

public sealed class DurableFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string File1 => Path.Combine(_folder.Path, "a.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_FailsHalfWay_LeavesTheOldFileAndNothingElse()
    {
        File.WriteAllText(File1, "old");

        Assert.Throws<InvalidOperationException>(() => DurableFile.Write(
            File1,
            stream =>
            {
                stream.WriteByte(1);
                throw new InvalidOperationException();
            },
            _ => true));

        Assert.Equal("old", File.ReadAllText(File1));
        Assert.Equal([File1], Directory.GetFiles(_folder.Path));
    }

    /// <summary>A file that only holds the name is of every kind; where there must be none, it is one.</summary>
    [Fact]
    public void ThrowIfForeign_EmptyFile_MayBeReplaced()
    {
        File.WriteAllText(File1, "");

        DurableFile.ThrowIfForeign(File1, _ => false);

        Assert.Throws<IOException>(() => DurableFile.ThrowIfForeign(File1, null));
        File.WriteAllText(File1, "x");
        Assert.Throws<IOException>(() => DurableFile.ThrowIfForeign(File1, _ => false));
    }

    [Fact]
    public void Write_LeftoversOfADeadWriter_ClearedAndOthersKept()
    {
        string dead = $"{File1}.{Guid.NewGuid():N}.tmp", alive = $"{File1}.{Guid.NewGuid():N}.tmp", foreign = $"{File1}.mine.tmp", neighbour = Path.Combine(_folder.Path, $"b.json.{Guid.NewGuid():N}.tmp");
        foreach (string file in new[] { dead, foreign, neighbour })
        {
            File.WriteAllText(file, "half");
        }

        using FileStream writing = new(alive, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        DurableFile.WriteText(File1, "new", "new");

        Assert.False(File.Exists(dead));
        Assert.All([alive, foreign, neighbour, File1], file => Assert.True(File.Exists(file), file));
    }

    [Theory]
    [InlineData("{ \"of\": \"mine\" }", true)]
    [InlineData("", true)]
    [InlineData("{ \"of\": \"others\" }", false)]
    [InlineData("{", false)]
    public void WriteText_OverAFile_OnlyOneOfItsKindIsReplaced(string there, bool replaced)
    {
        const string Beginning = "{ \"of\": \"mine\"";
        File.WriteAllText(File1, there);

        Exception? error = Record.Exception(() => DurableFile.WriteText(File1, Beginning + ", 2 }", Beginning));

        Assert.Equal(replaced, error is null);
        Assert.Equal(replaced ? Beginning + ", 2 }" : there, File.ReadAllText(File1));
        Assert.True(error is null or IOException, error?.ToString());
    }

    [Fact]
    public void Safetensors_OverAnotherFormat_LeftAsItIs()
    {
        string model = Path.Combine(_folder.Path, "model.safetensors");
        TensorData tensor = TensorData.FromFloats("t", [1], new[] { 1f });
        SafetensorsWriter.Write(model, [tensor], new Dictionary<string, string> { ["format"] = "pt" });
        byte[] before = File.ReadAllBytes(model);

        IOException error = Assert.Throws<IOException>(() => SafetensorsWriter.Write(model, [tensor], new Dictionary<string, string> { ["format"] = "mend-editor" }));

        Assert.Contains(model, error.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(model));
        SafetensorsWriter.Write(model, [tensor], new Dictionary<string, string> { ["format"] = "pt", ["more"] = "1" });
        Assert.NotEqual(before, File.ReadAllBytes(model));
    }

    [Fact]
    public void Write_OverAFolder_SaysSo() => Assert.Throws<IOException>(() => DurableFile.WriteText(_folder.Path, "x", "x"));
}
