using System.Buffers;
using Mend.Editing;
using Mend.Sharding;
using Mend.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Session;
using Orleans.Serialization.WireProtocol;

namespace Mend.Cluster.Tests.Wire;

public sealed class WireTensorCodecTests
{
    private static readonly ServiceProvider Services = new ServiceCollection().AddSerializer(b => b.AddAssembly(typeof(WireTensor).Assembly)).BuildServiceProvider();
    private static readonly Serializer Serializer = Services.GetRequiredService<Serializer>();

    public static TheoryData<int[]> Extents => [[1], [3], [0, 4], [2, 3, 5], [7, 4096], [1, 1, 40961]];

    [Theory]
    [MemberData(nameof(Extents))]
    public void RoundTrip_Float32_KeepsTheBits(int[] extents)
    {
        WireTensor tensor = Random(extents, WireFormat.Float32);

        WireTensor back = Serializer.Deserialize<WireTensor>(Serializer.SerializeToArray(tensor))!;

        Assert.Equal(extents, back.Extents);
        Assert.Equal(tensor.Values.Select(BitConverter.SingleToInt32Bits), back.Values.Select(BitConverter.SingleToInt32Bits));
    }

    [Theory]
    [MemberData(nameof(Extents))]
    public void RoundTrip_Bfloat16_RoundsToTheNearestInHalfTheBytes(int[] extents)
    {
        WireTensor tensor = Random(extents, WireFormat.Bfloat16);

        byte[] bytes = Serializer.SerializeToArray(tensor);
        WireTensor back = Serializer.Deserialize<WireTensor>(bytes)!;

        Assert.InRange(bytes.Length, tensor.Values.Length * 2, (tensor.Values.Length * 2) + 64);
        Assert.All(tensor.Values.Zip(back.Values), p => Assert.InRange(Math.Abs(p.First - p.Second), 0, Math.Abs(p.First) / 256));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(-0f)]
    [InlineData(1f)]
    public void RoundTrip_Bfloat16_KeepsWhatItCanSay(float value)
    {
        WireTensor back = Serializer.Deserialize<WireTensor>(Serializer.SerializeToArray(new WireTensor([1], [value], WireFormat.Bfloat16)))!;

        Assert.Equal(BitConverter.SingleToInt32Bits(value) >> 22, BitConverter.SingleToInt32Bits(back.Values[0]) >> 22);
        Assert.Equal(value, back.Values[0]);
    }

    [Fact]
    public void RoundTrip_SharedTensor_IsReadOnce()
    {
        WireTensor tensor = Random([4], WireFormat.Float32);
        WireFactors factors = new("layer", tensor, tensor, 1, null, null, null);

        WireFactors back = Serializer.Deserialize<WireFactors>(Serializer.SerializeToArray(factors))!;

        Assert.Equal(tensor.Values, back.U.Values);
        Assert.Equal(tensor.Values, back.Delta.Values);
    }

    [Fact]
    public void RoundTrip_JointFactors_KeepWhatTheSolveNeeds()
    {
        EditFactors factors = new("layer", 1, 2, 3, [1, 2], [3, 4, 5], 1, new JointTerm([6, 7], "metric", "subject"));

        EditFactors back = Serializer.Deserialize<WireFactors>(Serializer.SerializeToArray(WireFactors.Of(factors)))!.ToFactors();

        Assert.Equal(factors.Joint!.Keys, back.Joint!.Keys);
        Assert.Equal(("metric", "subject"), (back.Joint.Metric, back.Joint.Subject));
        Assert.Equal(factors.U.Concat(factors.Delta), back.U.Concat(back.Delta));
    }

    [Fact]
    public void RoundTrip_Edit_KeepsSubjectAndRephrases()
    {
        EditRequest request = new("p", "t", "k") { Subject = "s", Rephrases = ["q", "r"] };

        EditRequest back = Serializer.Deserialize<WireEdit>(Serializer.SerializeToArray(WireEdit.Of(request)))!.ToRequest();

        Assert.Equal(("p", "t", "k", "s"), (back.Prompt, back.Target, back.IdempotencyKey, back.Subject));
        Assert.Equal(request.Rephrases, back.Rephrases);
    }

    [Fact]
    public void Read_CutShort_IsAnError()
    {
        byte[] bytes = Serializer.SerializeToArray(Random([64], WireFormat.Float32));

        Assert.ThrowsAny<Exception>(() => Serializer.Deserialize<WireTensor>(bytes[..^9]));
    }

    /// <summary>Lengths, numbers of axes and extents that promise more than there is, or less than nothing.</summary>
    [Theory]
    [InlineData(0, 0, 1, 3)]
    [InlineData(1, 0, 1, 3)]
    [InlineData(4_000_000_000, 0, 1, 1_000_000_000)]
    [InlineData(18, 0, 255, 3)]
    [InlineData(18, 7, 1, 3)]
    [InlineData(18, 0, 1, -3)]
    [InlineData(18, 0, 1, int.MaxValue)]
    [InlineData(17, 0, 1, 3)]
    public void Read_LengthsOfASender_AreLookedAtBeforeAnythingIsAllocated(long length, byte format, byte axes, int extent)
    {
        ArrayBufferWriter<byte> bytes = new();
        using SerializerSession session = Services.GetRequiredService<SerializerSessionPool>().GetSession();
        Writer<ArrayBufferWriter<byte>> writer = Writer.Create(bytes, session);
        writer.WriteFieldHeader(0, null!, typeof(WireTensor), WireType.LengthPrefixed);
        writer.WriteVarUInt32((uint)length);
        writer.Write([format, axes]);
        writer.Write(BitConverter.GetBytes(extent));
        writer.Write(new byte[12]);
        writer.Commit();
        Action read = () => Serializer.Deserialize<WireTensor>(bytes.WrittenMemory);
        Assert.Throws<MalformedMessageException>(read);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<MalformedMessageException>(read);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 10);
    }

    private static WireTensor Random(int[] extents, WireFormat format)
    {
        Random random = new(17);
        return new WireTensor(extents, [.. Enumerable.Range(0, extents.Aggregate(1, (a, b) => a * b)).Select(_ => (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-6, 7))))], format);
    }
}
