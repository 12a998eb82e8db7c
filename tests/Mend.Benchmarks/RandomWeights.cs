using System.Runtime.InteropServices;
using Mend.Tensors;

namespace Mend.Benchmarks;

/// <summary>Normally distributed bf16 values with standard deviation 0.02, the same for the same tensor name.</summary>
internal static class RandomWeights
{
    private const float Deviation = 0.02f;
    private const int ChunkElements = 1 << 19;

    /// <summary>A sample of the distribution; values are drawn from it, which is far faster than computing each.</summary>
    private static readonly ushort[] Table = CreateTable();

    /// <summary>Writes a tensor's values.</summary>
    public static void Write(Stream stream, string name, long elements)
    {
        ulong state = Hash(name);
        ushort[] chunk = new ushort[Math.Min(elements, ChunkElements)];
        for (long at = 0; at < elements; at += chunk.Length)
        {
            int count = (int)Math.Min(chunk.Length, elements - at);
            for (int i = 0; i < count; i++)
            {
                if (i % 4 == 0)
                {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                }

                chunk[i] = Table[(ushort)(state >> (i % 4 * 16))];
            }

            stream.Write(MemoryMarshal.AsBytes(chunk.AsSpan(0, count)));
        }
    }

    private static ushort[] CreateTable()
    {
        Random random = new(1);
        ushort[] table = new ushort[65536];
        for (int i = 0; i < table.Length; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            table[i] = HalfFloats.ToBFloat16((float)(Deviation * radius * Math.Cos(2 * Math.PI * random.NextDouble())));
        }

        return table;
    }

    /// <summary>FNV-1a, never 0.</summary>
    private static ulong Hash(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in name)
        {
            hash = (hash ^ c) * 1099511628211;
        }

        return hash | 1;
    }
}
