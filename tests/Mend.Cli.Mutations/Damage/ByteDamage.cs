namespace Mend.Cli.Mutations;

/// <summary>Damage that knows nothing of what it meets: bits that flip, parts that are lost, doubled or exchanged.</summary>
internal static class ByteDamage
{
    public static byte[] Apply(byte[] content, Random random)
    {
        List<byte> bytes = [.. content];
        for (int times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(bytes.Count - at, 1 << random.Next(0, 11));
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.RemoveRange(at, length);
                    bytes.InsertRange(at, Enumerable.Repeat(random.Next(2) == 0 ? (byte)0 : (byte)0xFF, length));
                    break;
            }
        }

        return [.. bytes];
    }
}
