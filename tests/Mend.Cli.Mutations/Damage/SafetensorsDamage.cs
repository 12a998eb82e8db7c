using System.Buffers.Binary;

namespace Mend.Cli.Mutations;

/// <summary>Damage to safetensors: to the header as JSON, to its length, or anywhere.</summary>
internal static class SafetensorsDamage
{
    public static byte[] Apply(byte[] content, Random random)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(content);
        switch (random.Next(5))
        {
            case 0:
                return ByteDamage.Apply(content, random);
            case 1:
                byte[] prefixed = [.. content];
                BinaryPrimitives.WriteInt64LittleEndian(prefixed, GgufDamage.Extreme(random));
                return prefixed;
            default:
                byte[] header = JsonDamage.Apply(content[8..(8 + length)], random), prefix = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
                return [.. prefix, .. header, .. content.AsSpan(8 + length)];
        }
    }
}
