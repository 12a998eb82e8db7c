using System.Text;

namespace Mend.Tensors.Tests.Safetensors;

public sealed class SafetensorsWriterTests
{
    [Theory]
    [InlineData(DType.F32)]
    [InlineData(DType.BF16)]
    [InlineData(DType.F16)]
    [InlineData(DType.F64)]
    [InlineData(DType.I64)]
    [InlineData(DType.I32)]
    [InlineData(DType.I16)]
    [InlineData(DType.I8)]
    [InlineData(DType.U8)]
    [InlineData(DType.Bool)]
    public void Write_AnyType_ReadsBackTheSameBytes(DType type)
    {
        using TemporaryFolder folder = new();
        byte[] bytes = new byte[6 * type.Size()];
        new Random(5).NextBytes(bytes);
        SafetensorsWriter.Write(folder["a.safetensors"], [new TensorData("t", type, [2, 3], stream => stream.Write(bytes))]);
        using SafetensorsFile file = SafetensorsFile.Open(folder["a.safetensors"]);
        StoredTensor t = file.Get("t", [2, 3]);
        Assert.Equal(type, t.Type);
        Assert.Equal(bytes, t.Bytes(0, bytes.Length).ToArray());

        // And once more from the mapping.
        SafetensorsWriter.Write(folder["b.safetensors"], [TensorData.FromStored(t)]);
        Assert.Equal(File.ReadAllBytes(folder["a.safetensors"]), File.ReadAllBytes(folder["b.safetensors"]));
    }

    [Fact]
    public void Write_SameTensors_GivesTheBytesOfTheFormat()
    {
        using MemoryStream stream = new();
        SafetensorsWriter.Write(
            stream,
            [TensorData.FromFloats("b", [1], new float[] { 1f }), TensorData.FromFloats("a", [1], new float[] { 2f })],
            new Dictionary<string, string> { ["z"] = "1", ["k"] = "2" });
        const string Header = """{"__metadata__":{"k":"2","z":"1"},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""";
        string padded = Header.PadRight((Header.Length + 7) / 8 * 8);
        byte[] expected = [.. BitConverter.GetBytes((long)padded.Length), .. Encoding.UTF8.GetBytes(padded), .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(2f)];
        Assert.Equal(expected, stream.ToArray());
    }

    [Fact]
    public void Write_CallbackOfWrongLength_LeavesNoFile()
    {
        using TemporaryFolder folder = new();
        SafetensorsWriter.Write(folder["a.safetensors"], [TensorData.FromFloats("old", [1], new[] { 1f })]);
        byte[] before = File.ReadAllBytes(folder["a.safetensors"]);
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(
            () => SafetensorsWriter.Write(folder["a.safetensors"], [new TensorData("t", DType.F32, [2], stream => stream.Write(new byte[7]))]));
        Assert.Contains("'t'", e.Message, StringComparison.Ordinal);
        Assert.Contains("7 bytes", e.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder["a.safetensors"]));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("t")]
    [InlineData("__metadata__")]
    public void Write_NameTwiceOrReserved_Throws(string name)
    {
        TensorData[] tensors = [TensorData.FromFloats("t", [1], new float[1]), TensorData.FromFloats(name, [1], new float[1])];
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(new MemoryStream(), tensors));
    }

    [Fact]
    public void FromFloats_WrongLengthOrType_Throws()
    {
        Assert.Throws<ShapeException>(() => TensorData.FromFloats("t", [2], new float[3]));
        Assert.Throws<ShapeException>(() => TensorData.FromIntegers("t", [2], new long[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => TensorData.FromFloats("t", [2], new float[2], DType.I8));
    }
}
