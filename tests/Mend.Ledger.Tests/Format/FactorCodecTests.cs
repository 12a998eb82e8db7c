using System.Buffers.Binary;
using System.Text;
using Mend.Editing;

namespace Mend.Ledger.Tests.Format;

public sealed class FactorCodecTests
{
    private static readonly EditFactors Joint = new(
        "h.2.mlp", 2, 3, 4, Numbers(6, 0.5f), Numbers(8, -1), 1, new JointTerm(Numbers(6, 3), "0123456789abcdef", "a \"subject\" — of any kind"));

    [Fact]
    public void RoundTrip_JointAndOthers_GivesEveryBit()
    {
        EditFactors plain = Samples.Layer("h.0.mlp");

        Dictionary<string, EditFactors> back = FactorCodec.Decode(FactorCodec.Encode([Joint, plain]));

        Assert.Equal(["h.0.mlp", "h.2.mlp"], back.Keys.Order());
        Same(plain, back["h.0.mlp"]);
        Same(Joint, back["h.2.mlp"]);
    }

    [Fact]
    public void Encode_AnyOrder_GivesTheSameBytes()
    {
        EditFactors other = new("h.1.mlp", 1, 3, 4, Numbers(3, 9), Numbers(4, 8), 1, new JointTerm(Numbers(3, 7), "m", "s"));

        Assert.Equal(FactorCodec.Encode([Joint, other, Samples.Layer("h.3.mlp")]), FactorCodec.Encode([Samples.Layer("h.3.mlp"), other, Joint]));
    }

    /// <summary>The file as every release has written it: nothing of it may change while old ledgers shall stay what they are.</summary>
    [Fact]
    public void Encode_WithoutJoint_IsTheFileOfTheFirstFormat()
    {
        EditFactors factors = new("h", 1, 2, 3, [1, 2], [3, 4, 5], 0.5f);
        const string header = """{"h.delta":{"dtype":"F32","shape":[1,3],"data_offsets":[0,12]},"h.step":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},"h.u":{"dtype":"F32","shape":[1,2],"data_offsets":[16,24]}}""";
        string padded = header.PadRight((header.Length + 7) / 8 * 8);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, padded.Length);
        byte[] data = [.. new float[] { 3, 4, 5, 0.5f, 1, 2 }.SelectMany(BitConverter.GetBytes)];

        Assert.Equal([.. length, .. Encoding.UTF8.GetBytes(padded), .. data], FactorCodec.Encode([factors]));
        Assert.Equal(data.Length, FactorCodec.SizeOf(factors));
    }

    [Fact]
    public void SizeOf_Joint_IsItsData()
    {
        byte[] file = FactorCodec.Encode([Joint]);

        Assert.Equal(file.Length - 8 - BinaryPrimitives.ReadInt64LittleEndian(file), FactorCodec.SizeOf(Joint));
    }

    [Theory]
    [InlineData("metric/h.2.mlp", "metric/other")]
    [InlineData("subject/h.2.mlp", "subject/other")]
    [InlineData("__metadata__", "__metadate__")]
    public void Decode_KeysWithoutTheirNames_IsRefused(string name, string other)
    {
        byte[] file = FactorCodec.Encode([Joint]);
        int at = file.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"{name}\""));
        Assert.True(at > 0);
        byte[] shorter = Encoding.UTF8.GetBytes($"\"{other}\"".PadRight(name.Length + 2));
        shorter.CopyTo(file, at);

        Assert.Throws<InvalidDataException>(() => FactorCodec.Decode(file));
    }

    private static void Same(EditFactors expected, EditFactors actual)
    {
        Assert.Equal((expected.Layer, expected.Rank, expected.Inputs, expected.Outputs, expected.Step), (actual.Layer, actual.Rank, actual.Inputs, actual.Outputs, actual.Step));
        Assert.Equal(expected.U, actual.U);
        Assert.Equal(expected.Delta, actual.Delta);
        Assert.Equal(expected.Joint?.Keys, actual.Joint?.Keys);
        Assert.Equal((expected.Joint?.Metric, expected.Joint?.Subject), (actual.Joint?.Metric, actual.Joint?.Subject));
    }

    private static float[] Numbers(int count, float first) => [.. Enumerable.Range(0, count).Select(i => first + (i * 0.37f))];
}
