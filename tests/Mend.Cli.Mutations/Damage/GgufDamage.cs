using System.Buffers.Binary;

namespace Mend.Cli.Mutations;

/// <summary>Damage to GGUF files, mostly to what describes the tensors: numbers become extreme.</summary>
internal static class GgufDamage
{
    public static byte[] Apply(byte[] content, Random random)
    {
        if (random.Next(4) == 0)
        {
            return ByteDamage.Apply(content, random);
        }

        byte[] bytes = [.. content];
        for (int times = random.Next(1, 3); times > 0; times--)
        {
            int at = random.Next(Math.Min(bytes.Length, random.Next(2) == 0 ? 256 : 8192) - 8);
            if (random.Next(2) == 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), (int)Extreme(random));
            }
            else
            {
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), Extreme(random));
            }
        }

        return bytes;
    }

    public static long Extreme(Random random) => random.Next(8) switch
    {
        0 => 0,
        1 => -1,
        2 => int.MaxValue,
        3 => long.MaxValue,
        4 => 1L << random.Next(63),
        5 => -(1L << random.Next(63)),
        6 => random.Next(40),
        _ => random.NextInt64(),
    };
}
