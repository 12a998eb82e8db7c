using System.Text;

namespace Mend.Models.Tests.Tokenizers;

/// <summary>Seeded texts from all of Unicode, with spaces, line breaks, digits and contractions more often than by chance.</summary>
internal static class RandomText
{
    private static readonly string[] Common =
        [" ", " ", "  ", "\n", "\r\n", "\t", "'s", "'LL", "'re", "a", "word", "Ünïcode", "12", "2021", "!", "…", "\u00A0", "▁", "<", "é"];

    public static IEnumerable<string> Many(int seed, int count, int longest = 40)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            yield return One(random, random.Next(longest + 1));
        }
    }

    private static string One(Random random, int length)
    {
        var text = new StringBuilder();
        for (var i = 0; i < length; i++)
        {
            text.Append(random.Next(3) == 0 ? Scalar(random).ToString() : Common[random.Next(Common.Length)]);
        }

        return text.ToString();
    }

    private static Rune Scalar(Random random)
    {
        var value = random.Next(4) switch
        {
            0 => random.Next(0x80),
            1 => random.Next(0xD800),
            2 => random.Next(0x10000, 0x20000),
            _ => random.Next(0xE000, 0x110000),
        };
        return new Rune(value);
    }
}
