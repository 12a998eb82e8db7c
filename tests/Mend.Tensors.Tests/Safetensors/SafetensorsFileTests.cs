using System.Buffers.Binary;
using System.Text;

namespace Mend.Tensors.Tests.Safetensors;

public sealed class SafetensorsFileTests
{
    [Fact]
    public void Open_WrittenFile_GivesTensorsAndMetadata()
    {
        using TemporaryFolder folder = new();
        SafetensorsWriter.Write(
            folder["a.safetensors"],
            [TensorData.FromFloats("x.weight", [2, 3], new float[] { 1, 2, 3, 4, 5, 6 }), TensorData.FromIntegers("ids", [2], new long[] { -1, long.MaxValue })],
            new Dictionary<string, string> { ["format"] = "pt" });
        using SafetensorsFile file = SafetensorsFile.Open(folder["a.safetensors"]);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(["x.weight", "ids"], file.Tensors.Keys);
        StoredTensor x = file.Get("x.weight", [2, 3]);
        Assert.Equal((DType.F32, 24L), (x.Type, x.ByteLength));
        Assert.Equal(4f, BinaryPrimitives.ReadSingleLittleEndian(x.Bytes(12, 4)));
        Assert.Equal(long.MaxValue, BinaryPrimitives.ReadInt64LittleEndian(file.Get("ids").Bytes(8, 8)));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Bytes(20, 8).Length);
    }

    [Fact]
    public void Forget_PartOfATensor_CanStillBeRead()
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[1 << 20];
        new Random(5).NextBytes(bytes);
        SafetensorsWriter.Write(folder["a.safetensors"], [new TensorData("x", DType.U8, [bytes.Length], stream => stream.Write(bytes))]);
        using SafetensorsFile file = SafetensorsFile.Open(folder["a.safetensors"]);
        StoredTensor x = file.Get("x");
        x.Forget(0, x.ByteLength);
        x.Forget(5000, 70_000);
        Assert.True(x.Bytes(0, bytes.Length).SequenceEqual(bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Forget(-1, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Forget(1, x.ByteLength));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.Forget(8, long.MaxValue));
    }

    [Fact]
    public void Open_Scalar_HasShapeOne()
    {
        using TemporaryFolder folder = new();
        using SafetensorsFile file = SafetensorsFile.Open(Write(folder, """{"s":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4));
        Assert.Equal([1], file.Get("s").Shape);
    }

    [Fact]
    public void Open_EmptyTensorAndEmptyFile_AreFine()
    {
        using TemporaryFolder folder = new();
        using (SafetensorsFile file = SafetensorsFile.Open(Write(folder, """{"e":{"dtype":"F16","shape":[0,7],"data_offsets":[0,0]}}  """, 0)))
        {
            Assert.Equal(0, file.Get("e").ByteLength);
        }

        using SafetensorsFile empty = SafetensorsFile.Open(Write(folder, "{}", 0));
        Assert.Empty(empty.Tensors);
    }

    [Theory]
    [InlineData("""{"x":""", 4, "not valid JSON")]
    [InlineData("""[1]""", 4, "Array")]
    [InlineData("""{"x":7}""", 4, "described by a JSON Number")]
    [InlineData("""{"x":{"shape":[1],"data_offsets":[0,4]}}""", 4, "no dtype")]
    [InlineData("""{"x":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "no shape")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "extent -1")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "extent 1.5")]
    [InlineData("""{"x":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "extent")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2000000000,2000000000,2000000000],"data_offsets":[0,4]}}""", 4, "more elements")]
    [InlineData("""{"x":{"dtype":"F64","shape":[2000000000,2000000000],"data_offsets":[0,4]}}""", 4, "more bytes")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""", 4, "no data_offsets")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "no data_offsets")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,"4"]}}""", 4, "no data_offsets")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "-4..0")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "4..0")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "0..8")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "takes 8")]
    [InlineData("""{"y":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"x":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12, "inside 'y'")]
    [InlineData("""{"y":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "belong to no tensor")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "ends at 4")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "twice")]
    [InlineData("""{"__metadata__":3,"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "__metadata__")]
    [InlineData("""{"__metadata__":{"a":1},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "__metadata__")]
    public void Open_DamagedHeader_NamesFileTensorAndFault(string header, int dataBytes, string fault)
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, header, dataBytes);
        CheckpointException e = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path));
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains(fault, e.Message, StringComparison.Ordinal);
        if (header.Contains("\"x\":{", StringComparison.Ordinal) && !header.Contains("__metadata__", StringComparison.Ordinal))
        {
            Assert.Contains("'x'", e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0L, 0, "truncated")]
    [InlineData(5L, 7, "truncated")]
    [InlineData(200L, 20, "truncated")]
    [InlineData(100_000_001L, 20, "at most 100000000")]
    [InlineData(-1L, 20, "at most 100000000")]
    public void Open_DamagedPrefix_SaysWhatIsWrong(long headerLength, int fileLength, string fault)
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[Math.Max(8, fileLength)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, headerLength);
        File.WriteAllBytes(folder["a.safetensors"], bytes[..fileLength]);
        CheckpointException e = Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder["a.safetensors"]));
        Assert.Contains(fault, e.Message, StringComparison.Ordinal);
        Assert.Contains("a.safetensors", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_PointerOfGitLfs_SaysHowToGetTheFile()
    {
        using TemporaryFolder folder = new();
        folder.With("a.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");

        Assert.Contains("git lfs pull", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder["a.safetensors"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MissingFile_SaysSo()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("does not exist", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(folder["no.safetensors"])).Message, StringComparison.Ordinal);
    }

    /// <summary>Quantisation leaves tensors beside the weights, in types that nothing here reads; they are in nobody's way.</summary>
    [Theory]
    [InlineData("F8_E4M3")]
    [InlineData("F4")]
    [InlineData("U64")]
    [InlineData("C64")]
    public void Open_TensorOfAnotherType_IsRefusedWhenItIsAskedFor(string type)
    {
        using TemporaryFolder folder = new();
        using SafetensorsFile file = SafetensorsFile.Open(Write(
            folder, $$$$"""{"__metadata__":null,"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"x":{"dtype":"{{{{type}}}}","shape":[2,2],"data_offsets":[4,8]}}""", 8));

        Assert.Equal(["w"], file.Tensors.Keys);
        Assert.Equal(4, file.Unread["x"].ByteLength);
        string message = Assert.Throws<CheckpointException>(() => file.Get("x")).Message;
        Assert.Contains($"'{type}'", message, StringComparison.Ordinal);
        Assert.Contains("a.safetensors", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NameThatIsNoUnicode_IsDamage()
    {
        using TemporaryFolder folder = new();
        string path = Write(folder, """{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4);

        Assert.Contains("not valid Unicode", Assert.Throws<CheckpointException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Get_MissingTensorOrOtherShape_NamesFileAndTensor()
    {
        using TemporaryFolder folder = new();
        using SafetensorsFile file = SafetensorsFile.Open(Write(folder, """{"transformer.wte.weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4));
        CheckpointException missing = Assert.Throws<CheckpointException>(() => file.Get("wte.weight"));
        Assert.Contains("'wte.weight'", missing.Message, StringComparison.Ordinal);
        Assert.Contains("'transformer.wte.weight'", missing.Message, StringComparison.Ordinal);
        CheckpointException shape = Assert.Throws<CheckpointException>(() => file.Get("transformer.wte.weight", [2, 3]));
        Assert.Contains("[1]", shape.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 3]", shape.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_BeforeAWeight_WeightStaysReadable()
    {
        using TemporaryFolder folder = new();
        SafetensorsWriter.Write(folder["a.safetensors"], [TensorData.FromFloats("w", [1, 2], new float[] { 3, 4 })]);
        using Mend.Tensors.Cpu.CpuEngine engine = new();
        SafetensorsFile file = SafetensorsFile.Open(folder["a.safetensors"]);
        StoredTensor stored = file.Get("w");
        Weight w = engine.LoadWeight(stored, WeightLayout.OutIn);
        file.Dispose();
        file.Dispose();
        float[] row = new float[2];
        engine.ToHost(w, 0, row);
        Assert.Equal([3f, 4f], row);
        w.Dispose();
        Assert.Throws<ObjectDisposedException>(() => engine.LoadWeight(stored, WeightLayout.OutIn));
    }

    private static string Write(TemporaryFolder folder, string header, int dataBytes)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] bytes = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        File.WriteAllBytes(folder["a.safetensors"], bytes);
        return folder["a.safetensors"];
    }
}
