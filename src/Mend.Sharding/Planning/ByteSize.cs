using System.Globalization;

namespace Mend.Sharding;

/// <summary>Sizes of memory as people write them: 24GB, 80GiB, 512MB, 1000000.</summary>
public static class ByteSize
{
    private static readonly (string Suffix, double Factor)[] Units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("TIB", 1L << 40),
        ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1), ("K", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12), ("", 1),
    ];

    /// <summary>Reads a size.</summary>
    /// <param name="text">A number, with a unit or without.</param>
    /// <returns>Bytes, or null when the text is no size above 0.</returns>
    public static long? Parse(string text)
    {
        string upper = text.Trim().ToUpperInvariant();
        (string suffix, double factor) = Units.First(u => upper.EndsWith(u.Suffix, StringComparison.Ordinal));
        return double.TryParse(upper[..^suffix.Length].TrimEnd(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value * factor is >= 1 and < long.MaxValue ? (long)(value * factor) : null;
    }
}
