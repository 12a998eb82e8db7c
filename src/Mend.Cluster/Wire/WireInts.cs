using System.Runtime.InteropServices;

namespace Mend.Cluster;

/// <summary>Integers as one run of bytes, little-endian.</summary>
internal static class WireInts
{
    public static byte[]? Pack(int[]? values) => values is null ? null : MemoryMarshal.AsBytes<int>(values).ToArray();

    public static int[]? Unpack(byte[]? bytes) => bytes is null ? null : bytes.Length % sizeof(int) != 0
        ? throw new MalformedMessageException($"{bytes.Length} bytes came where integers of {sizeof(int)} are wanted; the sender runs another release.")
        : MemoryMarshal.Cast<byte, int>(bytes).ToArray();
}
