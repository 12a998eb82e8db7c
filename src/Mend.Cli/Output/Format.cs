using System.Globalization;

namespace Mend.Cli;

/// <summary>How quantities are written for people, the same in every language setting.</summary>
internal static class Format
{
    private static readonly string[] Units = ["B", "kB", "MB", "GB", "TB"];

    public static string Number(double value, string format) => double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);

    public static string Share(double value) => Number(value, "0.000");

    /// <summary>A probability, also when it is tiny.</summary>
    public static string Probability(double value) => value is > 0 and < 0.0005 ? value.ToString("0.0e+0", CultureInfo.InvariantCulture) : Share(value);

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Decimal units, as disks and memory sizes are sold.</summary>
    public static string Bytes(long bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1000 && unit < Units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return value.ToString(unit == 0 ? "0" : "0.##", CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString(time.TotalMilliseconds < 10 ? "0.00" : "0.0", CultureInfo.InvariantCulture) + " ms";

    public static string Time(TimeSpan time) => time.TotalHours >= 1
        ? time.ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture)
        : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);
}
