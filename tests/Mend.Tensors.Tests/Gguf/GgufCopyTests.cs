namespace Mend.Tensors.Tests.Gguf;

public sealed class GgufCopyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(GgufCases.Names), MemberType = typeof(GgufCases))]
    public void Write_NothingReplaced_IsTheSameFile(string name)
    {
        using GgufFile file = GgufFile.Open(GgufCases.Path(name));

        GgufCopy.Write(_folder["a.gguf"], [file], new Dictionary<string, TensorData>());

        Assert.True(File.ReadAllBytes(GgufCases.Path(name)).AsSpan().SequenceEqual(File.ReadAllBytes(_folder["a.gguf"])));
    }

    [Theory]
    [InlineData("q4_k", "blk.0.ffn_down.weight", DType.F16)]
    [InlineData("q8_0", "token_embd.weight", DType.F32)]
    [InlineData("f32", "output_norm.weight", DType.BF16)]
    public void Write_ATensorReplaced_AllElseIsByteForByteAsItWas(string name, string changed, DType type)
    {
        using GgufFile file = GgufFile.Open(GgufCases.Path(name));
        Shape shape = file.Tensors[changed].Shape;
        float[] values = [.. Enumerable.Range(0, (int)shape.Length).Select(i => i % 7 * 0.25f)];

        GgufCopy.Write(_folder["a.gguf"], [file], new Dictionary<string, TensorData> { [changed] = TensorData.FromFloats("another name", shape, values, type) });

        using GgufFile copy = GgufFile.Open(_folder["a.gguf"]);
        Assert.Equal((file.Header.Version, file.Header.Alignment), (copy.Header.Version, copy.Header.Alignment));
        Assert.Equal(file.Header.Pairs, copy.Header.Pairs);
        Assert.All(file.Header.Pairs, pair => Assert.True(file.Bytes(pair).SequenceEqual(copy.Bytes(pair)), pair.Key));
        Assert.Equal(file.Tensors.Keys, copy.Tensors.Keys);
        Assert.Equal((type, shape), (copy.Tensors[changed].Type, copy.Tensors[changed].Shape));
        Assert.Equal(values, copy.Tensors[changed].ToFloats());
        Assert.All(file.Tensors.Values.Where(t => t.Name != changed), t =>
        {
            StoredTensor other = copy.Tensors[t.Name];
            Assert.Equal((t.Type, t.Shape), (other.Type, other.Shape));
            Assert.True(t.Bytes(0, (int)t.ByteLength).SequenceEqual(other.Bytes(0, (int)other.ByteLength)), t.Name);
        });
    }

    [Fact]
    public void Write_SeveralFiles_AreOneWithoutTheirNumbers()
    {
        byte[] count = BitConverter.GetBytes((ushort)2);
        GgufBuilder Part(ushort number) => new GgufBuilder().Pair("split.no", GgufValueType.UInt16, BitConverter.GetBytes(number)).Pair("split.count", GgufValueType.UInt16, count);
        using GgufFile first = GgufFile.Open(Part(0).Text("general.name", "in two").Tensor("a", [3], [1, 2, 3]).Write(_folder["1.gguf"]));
        using GgufFile second = GgufFile.Open(Part(1).Tensor("b", [2], [4, 5]).Write(_folder["2.gguf"]));

        GgufCopy.Write(_folder["whole.gguf"], [first, second], new Dictionary<string, TensorData> { ["b"] = TensorData.FromFloats("b", [2], new float[] { 6, 7 }) });

        using GgufFile whole = GgufFile.Open(_folder["whole.gguf"]);
        Assert.Equal(["general.name"], whole.Metadata.Keys);
        Assert.Equal([1, 2, 3, 6, 7], whole.Tensors["a"].ToFloats().Concat(whole.Tensors["b"].ToFloats()));
    }

    [Fact]
    public void Write_AnotherShapeOrName_IsRefused()
    {
        using GgufFile file = GgufFile.Open(GgufCases.Path("f32"));
        TensorData data = TensorData.FromFloats("x", [2], new float[2]);

        Assert.Throws<ArgumentException>(() => GgufCopy.Write(_folder["a.gguf"], [file], new Dictionary<string, TensorData> { ["output_norm.weight"] = data }));
        Assert.Throws<ArgumentException>(() => GgufCopy.Write(_folder["a.gguf"], [file], new Dictionary<string, TensorData> { ["nothing"] = data }));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(_folder["a.gguf"])!));
    }

    [Fact]
    public void Write_FileThatExists_IsLeftAloneWithNothingBesideIt()
    {
        using GgufFile file = GgufFile.Open(GgufCases.Path("f32"));
        File.WriteAllText(_folder["a.gguf"], "mine");

        Assert.Throws<IOException>(() => GgufCopy.Write(_folder["a.gguf"], [file], new Dictionary<string, TensorData>()));

        Assert.Equal("mine", File.ReadAllText(_folder["a.gguf"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(_folder["a.gguf"])!));
    }
}
