using System.Buffers.Binary;
using System.Text;

namespace Mend.Tensors;

/// <summary>
/// Reads the head of a mapped GGUF file from front to back. Every length is compared with what is left of the file before anything
/// is made of it.
/// </summary>
/// <param name="path">The file, for messages.</param>
/// <param name="file">The mapping.</param>
internal sealed unsafe class GgufReader(string path, MappedFile file)
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Where the next value begins.</summary>
    public long Position { get; set; }

    /// <summary>Bytes after <see cref="Position"/>.</summary>
    public long Left => file.Length - Position;

    /// <summary>The next bytes, which are passed over.</summary>
    /// <param name="count">How many.</param>
    /// <param name="what">What they are, for messages.</param>
    /// <exception cref="CheckpointException">The file ends before.</exception>
    public ReadOnlySpan<byte> Take(int count, string what)
    {
        Skip(count, what);
        return new ReadOnlySpan<byte>((byte*)file.Address + Position - count, count);
    }

    /// <summary>Passes over bytes.</summary>
    /// <exception cref="CheckpointException">The file ends before.</exception>
    public void Skip(long count, string what)
    {
        if (count > Left)
        {
            throw new CheckpointException($"'{path}' ends at byte {file.Length}, within {what}, which takes {count} bytes from byte {Position} on. It is truncated: download it again.");
        }

        Position += count;
    }

    /// <summary>Unsigned 32-bit integer.</summary>
    public uint UInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint), what));

    /// <summary>Unsigned 64-bit integer.</summary>
    public ulong UInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong), what));

    /// <summary>A count of things that take some bytes each, checked against what is left of the file.</summary>
    /// <param name="smallest">The fewest bytes that one of them takes.</param>
    /// <param name="what">What they are, for messages.</param>
    /// <exception cref="CheckpointException">The file has no room for as many.</exception>
    public long Count(int smallest, string what)
    {
        ulong count = UInt64(what);
        return count <= (ulong)(Left / smallest)
            ? (long)count
            : throw new CheckpointException($"'{path}' announces {count} {what}; the {Left} bytes that follow have room for {Left / smallest}. It is damaged: download it again.");
    }

    /// <summary>A text.</summary>
    /// <exception cref="CheckpointException">It is longer than the file, or no UTF-8.</exception>
    public string Text(string what)
    {
        long length = Count(1, $"bytes of {what}");
        if (length > int.MaxValue)
        {
            throw new CheckpointException($"'{path}' has {what} of {length} bytes; at most {int.MaxValue} are read. It is damaged: download it again.");
        }

        long start = Position;
        try
        {
            return StrictUtf8.GetString(Take((int)length, what));
        }
        catch (DecoderFallbackException e)
        {
            throw new CheckpointException($"'{path}' has {what} at byte {start} that is no UTF-8. It is damaged: download it again.", e);
        }
    }

    /// <summary>Passes over a text.</summary>
    public void SkipText(string what) => Skip(Count(1, $"bytes of {what}"), what);
}
