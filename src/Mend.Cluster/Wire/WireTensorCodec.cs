using System.Buffers;
using System.Runtime.InteropServices;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Serializers;
using Orleans.Serialization.WireProtocol;

namespace Mend.Cluster;

/// <summary>
/// Writes a tensor as one run of bytes: format, number of axes, extents, values, little-endian. Values go from their array to the
/// message's buffers and back in bulk; bfloat16 is rounded and widened piece by piece on the way.
/// </summary>
[RegisterSerializer]
public sealed class WireTensorCodec : IFieldCodec<WireTensor>
{
    private const int Piece = 4096;

    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, WireTensor? value)
        where TBufferWriter : IBufferWriter<byte>
    {
        if (ReferenceCodec.TryWriteReferenceField(ref writer, fieldIdDelta, expectedType, value))
        {
            return;
        }

        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(WireTensor), WireType.LengthPrefixed);
        long length = 2 + ((long)value.Extents.Length * sizeof(int)) + value.ByteLength;
        writer.WriteVarUInt32(checked((uint)length));
        writer.Write([(byte)value.Format, (byte)value.Extents.Length]);
        writer.Write(MemoryMarshal.AsBytes<int>(value.Extents));
        if (value.Format == WireFormat.Float32)
        {
            writer.Write(MemoryMarshal.AsBytes<float>(value.Values));
            return;
        }

        Span<ushort> rounded = stackalloc ushort[Piece];
        for (int start = 0; start < value.Values.Length; start += Piece)
        {
            int count = Math.Min(Piece, value.Values.Length - start);
            Bfloat16.Round(value.Values.AsSpan(start, count), rounded);
            writer.Write(MemoryMarshal.AsBytes(rounded[..count]));
        }
    }

    /// <inheritdoc/>
    public WireTensor? ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.WireType == WireType.Reference)
        {
            return ReferenceCodec.ReadReference<WireTensor, TInput>(ref reader, field);
        }

        if (field.WireType != WireType.LengthPrefixed)
        {
            throw new MalformedMessageException($"A tensor came as {field.WireType}; the sender runs another release.");
        }

        uint placeholder = ReferenceCodec.CreateRecordPlaceholder(reader.Session);
        long length = reader.ReadVarUInt32();

        // Nothing is allocated for what is not there.
        if (length < 2 || length > reader.Remaining)
        {
            throw new MalformedMessageException($"A tensor came as {length} bytes, and {reader.Remaining} are there; the sender runs another release.");
        }

        WireFormat format = (WireFormat)reader.ReadByte();
        int axes = reader.ReadByte();
        long bytes = length - 2 - ((long)axes * sizeof(int));
        if (format > WireFormat.Bfloat16 || bytes < 0)
        {
            throw new MalformedMessageException($"A tensor came as format {(byte)format} with {axes} axes in {length} bytes; the sender runs another release.");
        }

        int[] extents = new int[axes];
        reader.ReadBytes(MemoryMarshal.AsBytes(extents.AsSpan()));
        int size = format == WireFormat.Float32 ? sizeof(float) : sizeof(ushort);
        long count = bytes / size;
        if (extents.Any(e => e < 0) || bytes % size != 0 || extents.Aggregate(1d, (product, extent) => product * extent) != count)
        {
            throw new MalformedMessageException($"A tensor of {string.Join('x', extents)} came with {bytes} bytes of values; the sender runs another release.");
        }

        float[] values = GC.AllocateUninitializedArray<float>(checked((int)count));
        if (format == WireFormat.Float32)
        {
            reader.ReadBytes(MemoryMarshal.AsBytes(values.AsSpan()));
        }
        else
        {
            Span<ushort> rounded = stackalloc ushort[Piece];
            for (int start = 0; start < values.Length; start += Piece)
            {
                Span<ushort> some = rounded[..Math.Min(Piece, values.Length - start)];
                reader.ReadBytes(MemoryMarshal.AsBytes(some));
                Bfloat16.Widen(some, values.AsSpan(start));
            }
        }

        WireTensor tensor = new(extents, values, format);
        ReferenceCodec.RecordObject(reader.Session, tensor, placeholder);
        return tensor;
    }
}
