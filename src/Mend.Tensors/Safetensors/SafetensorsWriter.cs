using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mend.Tensors;

/// <summary>
/// Writes safetensors files. The same tensors in the same order give the same bytes: data and header keys follow the
/// caller's order, metadata keys are sorted, and spaces pad the header to a multiple of 8 bytes.
/// </summary>
public static class SafetensorsWriter
{
    private const string Format = "format";

    /// <summary>
    /// Writes a file that is there complete or not at all, see <see cref="DurableFile"/>. An existing file is replaced if it says to be of the same
    /// format in its metadata, or neither does.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="tensors">The tensors, in the order in which they are written.</param>
    /// <param name="metadata">Free-form strings for the header; null for none.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name, or one is called __metadata__.</exception>
    /// <exception cref="InvalidOperationException">A tensor's callback wrote too few or too many bytes.</exception>
    /// <exception cref="IOException">A file of another kind is there, or it cannot be written.</exception>
    public static void Write(string path, IEnumerable<TensorData> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        DurableFile.Write(path, file => Write(file, tensors, metadata), there => IsOf(there, metadata?.GetValueOrDefault(Format)));
    }

    /// <summary>Whether a file is a safetensors file of a format.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">What its metadata calls its format; null where they do not say.</param>
    public static bool IsOf(string path, string? format)
    {
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            return file.Metadata.GetValueOrDefault(Format) == format;
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    /// <summary>Writes the same bytes to a stream, which stays open and is not flushed.</summary>
    /// <param name="stream">Receives the bytes from its current position.</param>
    /// <param name="tensors">The tensors, in the order in which they are written.</param>
    /// <param name="metadata">Free-form strings for the header; null for none.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name, or one is called __metadata__.</exception>
    /// <exception cref="InvalidOperationException">A tensor's callback wrote too few or too many bytes.</exception>
    public static void Write(Stream stream, IEnumerable<TensorData> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(tensors);
        TensorData[] all = [.. tensors];
        stream.Write(Header(all, metadata));
        foreach (TensorData tensor in all)
        {
            CountingStream counting = new(stream);
            tensor.Write(counting);
            if (counting.Written != tensor.ByteLength)
            {
                throw new InvalidOperationException($"The callback of tensor '{tensor.Name}' wrote {counting.Written} bytes; {tensor.Type} {tensor.Shape} takes {tensor.ByteLength}. Write exactly the tensor's bytes.");
            }
        }
    }

    /// <summary>The header's length, the header, and spaces up to a multiple of 8 bytes.</summary>
    private static byte[] Header(TensorData[] tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        ArrayBufferWriter<byte> buffer = new();
        buffer.Advance(Prefix(buffer));
        HashSet<string> names = new(StringComparer.Ordinal) { "__metadata__" };
        long at = 0;
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            foreach (TensorData tensor in tensors)
            {
                if (!names.Add(tensor.Name))
                {
                    throw new ArgumentException($"The name '{tensor.Name}' occurs twice or is reserved. Give every tensor a name of its own.", nameof(tensors));
                }

                WriteEntry(json, tensor, at);
                at = checked(at + tensor.ByteLength);
            }

            json.WriteEndObject();
        }

        int padded = (buffer.WrittenCount + 7) & ~7;
        byte[] header = new byte[padded];
        buffer.WrittenSpan.CopyTo(header);
        header.AsSpan(buffer.WrittenCount).Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(header, padded - SafetensorsHeader.PrefixLength);
        return header;
    }

    private static int Prefix(ArrayBufferWriter<byte> buffer)
    {
        buffer.GetSpan(SafetensorsHeader.PrefixLength)[..SafetensorsHeader.PrefixLength].Clear();
        return SafetensorsHeader.PrefixLength;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        if (metadata is null || metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject("__metadata__");
        foreach ((string key, string value) in metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, TensorData tensor, long start)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", SafetensorsTypes.Name(tensor.Type));
        json.WriteStartArray("shape");
        foreach (int extent in tensor.Shape.Extents)
        {
            json.WriteNumberValue(extent);
        }

        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(start);
        json.WriteNumberValue(start + tensor.ByteLength);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Passes bytes on and counts them.</summary>
    private sealed class CountingStream(Stream inner) : Stream
    {
        public long Written { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => Written;
            set => throw new NotSupportedException();
        }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            Written += buffer.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
