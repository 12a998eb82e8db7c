using System.Text.Json;

namespace Mend.Tensors.Tests.Gguf;

public sealed class GgufFileTests
{
    [Theory]
    [MemberData(nameof(GgufCases.Names), MemberType = typeof(GgufCases))]
    public void Open_Fixture_TensorsLieWhereTheWriterPutThem(string name)
    {
        using GgufFile file = GgufFile.Open(GgufCases.Path(name));
        byte[] bytes = File.ReadAllBytes(file.Path);
        JsonElement expected = GgufCases.File(name);

        Assert.Equal(expected.GetProperty("alignment").GetInt32(), file.Header.Alignment);
        Assert.Equal(expected.GetProperty("architecture").GetString(), file.Metadata.Text("general.architecture"));
        List<JsonProperty> tensors = [.. expected.GetProperty("tensors").EnumerateObject()];
        Assert.Equal(tensors.Select(t => t.Name), file.Tensors.Keys);
        foreach (JsonProperty tensor in tensors)
        {
            StoredTensor read = file.Tensors[tensor.Name];
            Assert.Equal(tensor.Value[0].GetString(), read.Type.ToString());
            Assert.Equal(tensor.Value[1].EnumerateArray().Select(e => e.GetInt32()).Reverse(), read.Shape.Extents.ToArray());
            Assert.True(read.Bytes(0, (int)read.ByteLength).SequenceEqual(bytes.AsSpan(tensor.Value[2].GetInt32(), (int)read.ByteLength)), tensor.Name);
        }
    }

    [Fact]
    public void Metadata_EveryType_ReadsAsWritten()
    {
        using GgufFile file = GgufFile.Open(GgufCases.Path("f32"));
        GgufMetadata metadata = file.Metadata;

        Assert.Equal(200, metadata.Integer("fixture.uint8"));
        Assert.Equal(-100, metadata.Integer("fixture.int8"));
        Assert.Equal(60000, metadata.Integer("fixture.uint16"));
        Assert.Equal(-30000, metadata.Integer("fixture.int16"));
        Assert.Equal(4000000000, metadata.Integer("fixture.uint32"));
        Assert.Equal(-2000000000, metadata.Integer("fixture.int32"));
        Assert.Equal(0.15625, metadata.Number("fixture.float32"));
        Assert.True(metadata.Flag("fixture.bool"));
        Assert.Equal("Größe 日本 🙂\n\"x\"", metadata.Text("fixture.string"));
        Assert.Equal(-4611686018427387904, metadata.Integer("fixture.int64"));
        Assert.Equal(1e-300, metadata.Number("fixture.float64"));
        Assert.Equal(["", "a", "Ωμέγα"], metadata.Texts("fixture.array.strings")!);
        Assert.Equal([1L, -2, 3], metadata.Integers("fixture.array.ints")!);
        Assert.Equal([0.5, -1.25], metadata.Numbers("fixture.array.floats")!);
        Assert.Equal([1L, 0], metadata.Integers("fixture.array.bools")!);
        Assert.Contains("9223372036854775813", Assert.Throws<CheckpointException>(() => metadata.Integer("fixture.uint64")).Message, StringComparison.Ordinal);
        Assert.Null(metadata.Integer("fixture.absent"));
        Assert.Null(metadata.Texts("fixture.absent"));
    }

    [Fact]
    public void Metadata_AnotherTypeThanAskedFor_NamesTheKeyAndBoth()
    {
        using GgufFile file = GgufFile.Open(GgufCases.Path("f32"));

        string message = Assert.Throws<CheckpointException>(() => file.Metadata.Integer("fixture.string")).Message;
        Assert.Contains("'fixture.string'", message, StringComparison.Ordinal);
        Assert.Contains("a value of type Text", message, StringComparison.Ordinal);
        Assert.Contains("a whole number is wanted", message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => file.Metadata.Texts("fixture.array.ints"));
        Assert.Throws<CheckpointException>(() => file.Metadata.Flag("fixture.uint8"));
        Assert.Throws<CheckpointException>(() => file.Metadata.Integer("fixture.array.ints"));
    }

    [Theory]
    [InlineData("truncated_data", "token_embd.weight")]
    [InlineData("truncated_header", "room for")]
    [InlineData("wrong_magic", "47474D4C")]
    [InlineData("version_1", "version 1")]
    [InlineData("offset_outside", "blk.0.attn_q.weight")]
    [InlineData("offset_overflow", "18446744073709551584")]
    [InlineData("offset_unaligned", "no multiple of the alignment 32")]
    [InlineData("unknown_tensor_type", "number 99")]
    [InlineData("duplicate_tensor", "described twice")]
    [InlineData("huge_tensor_count", "1152921504606846976 tensors")]
    [InlineData("huge_array_length", "2305843009213693952 entries")]
    [InlineData("huge_dimension", "4611686018427387904")]
    public void Open_BrokenFile_SaysWhatIsWrongAndAllocatesLittle(string name, string words)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        CheckpointException e = Assert.Throws<CheckpointException>(() => GgufFile.Open(GgufCases.BrokenPath(name)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        Assert.Contains(words, e.Message, StringComparison.Ordinal);
        Assert.Contains(name, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(1 << 21)]
    public void Open_ImpossibleAlignment_SaysSo(int alignment)
    {
        using TemporaryFolder folder = new();
        string path = new GgufBuilder().Integer("general.alignment", (uint)alignment).Write(folder["a.gguf"]);
        Assert.Contains("general.alignment", Assert.Throws<CheckpointException>(() => GgufFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AlignmentOfItsOwn_IsFollowed()
    {
        using TemporaryFolder folder = new();
        string path = new GgufBuilder { Alignment = 8, Version = 2 }.Integer("general.alignment", 8)
            .Tensor("a", [3], [1, 2, 3]).Tensor("b", [2, 2], [4, 5, 6, 7], DType.F16).Write(folder["a.gguf"]);
        using GgufFile file = GgufFile.Open(path);
        Assert.Equal([1f, 2, 3], file.Tensors["a"].ToFloats());
        Assert.Equal([4f, 5, 6, 7], file.Tensors["b"].ToFloats());
    }

    [Fact]
    public void Open_DamageThatWritersNeverMake_SaysSo()
    {
        using TemporaryFolder folder = new();
        void Refused(GgufBuilder builder, string words)
        {
            CheckpointException e = Assert.Throws<CheckpointException>(() => GgufFile.Open(builder.Write(folder["a.gguf"])));
            Assert.Contains(words, e.Message, StringComparison.Ordinal);
        }

        Refused(new GgufBuilder().Integer("a", 1).Integer("a", 2), "'a' twice");
        Refused(new GgufBuilder().Integer("", 1), "key of 0 characters");
        Refused(new GgufBuilder().Pair("a", GgufValueType.Array, [9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), "list of lists");
        Refused(new GgufBuilder().Pair("a", (GgufValueType)77, [0]), "type 77");
        Refused(new GgufBuilder().Tensor("a", [32], 8, new byte[33]), "takes 34 bytes");
        Refused(new GgufBuilder().Tensor("a", [2, 16], 8, new byte[34]), "multiple of 32");
        Refused(new GgufBuilder().Tensor("a", [1, 1, 1, 1, 1], 0, new byte[4]), "5 dimensions");
        Refused(new GgufBuilder().Tensor("a", [32], 23, new byte[34]), "IQ4_XS");
    }

    [Fact]
    public void Text_NotUtf8_SaysWhere()
    {
        using TemporaryFolder folder = new();
        string path = new GgufBuilder().Pair("a", GgufValueType.Text, [2, 0, 0, 0, 0, 0, 0, 0, 0xC3, 0x28]).Write(folder["a.gguf"]);
        using GgufFile file = GgufFile.Open(path);
        Assert.Contains("no UTF-8", Assert.Throws<CheckpointException>(() => file.Metadata.Text("a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BigEndianFile_NamesTheWayOut()
    {
        using TemporaryFolder folder = new();
        string path = new GgufBuilder { Version = 0x03000000 }.Write(folder["a.gguf"]);
        Assert.Contains("gguf_convert_endian.py", Assert.Throws<CheckpointException>(() => GgufFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_WeightsOfTheFile_StayReadable()
    {
        using Mend.Tensors.Cpu.CpuEngine engine = new(new Mend.Tensors.Cpu.CpuEngineOptions { Threads = 1 });
        Weight weight;
        using (GgufFile file = GgufFile.Open(GgufCases.Path("q4_k")))
        {
            weight = engine.LoadWeight(file.Tensors["blk.0.ffn_down.weight"], WeightLayout.OutIn);
        }

        using (weight)
        {
            Assert.Equal(DType.Q4_K, weight.Type);
            Assert.Equal(weight.Stored.Length / 256 * 144, weight.ByteLength);
            engine.ToHost(weight, 0, new float[weight.Stored.Length]);
        }
    }
}
