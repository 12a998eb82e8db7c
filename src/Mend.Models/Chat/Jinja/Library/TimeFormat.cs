using System.Globalization;
using System.Text;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>strftime in the C locale, with glibc's flags: %d, %-d, %^b, %05Y.</summary>
internal static class TimeFormat
{
    public static string Format(RenderRun run, DateTimeOffset time, string format)
    {
        StringBuilder text = new();
        for (var at = 0; at < format.Length; at++)
        {
            run.Step();
            if (format[at] != '%' || at + 1 == format.Length)
            {
                text.Append(format[at]);
                continue;
            }

            var (directive, end) = Directive(format, at + 1);
            text.Append(directive.Format(run, time) ?? format[at..(end + 1)]);
            at = Math.Min(end, format.Length - 1);
        }

        return run.Made(text.ToString());
    }

    private static (TimeDirective Directive, int End) Directive(string format, int at)
    {
        var (padding, upper, width) = ((char?)null, false, 0);
        for (; at < format.Length && "_-0^#".Contains(format[at], StringComparison.Ordinal); at++)
        {
            padding = format[at] is '^' or '#' ? padding : format[at];
            upper |= format[at] == '^';
        }

        for (; at < format.Length && char.IsAsciiDigit(format[at]); at++)
        {
            width = Math.Min((width * 10) + format[at] - '0', 10_000);
        }

        at += at < format.Length && format[at] is 'E' or 'O' ? 1 : 0;
        return (new TimeDirective(at < format.Length ? format[at] : '\0', padding, upper, width), at);
    }
}

/// <summary>One %x of a time's format.</summary>
/// <param name="Letter">The x.</param>
/// <param name="Padding">- for none, _ for blanks, 0 for zeros; null for what the letter prefers.</param>
/// <param name="Upper">Whether in capitals.</param>
/// <param name="Width">Least number of characters; 0 for what the letter prefers.</param>
internal readonly record struct TimeDirective(char Letter, char? Padding, bool Upper, int Width)
{
    /// <summary>The text; null when the letter is unknown.</summary>
    public string? Format(RenderRun run, DateTimeOffset time)
    {
        run.AllocateText(Width + 32);
        var text = Letter switch
        {
            'Y' => Padded(time.Year, 0),
            'y' => Padded(time.Year % 100, 2),
            'C' => Padded(time.Year / 100, 2),
            'm' => Padded(time.Month, 2),
            'd' => Padded(time.Day, 2),
            'e' => Padded(time.Day, 2, ' '),
            'j' => Padded(time.DayOfYear, 3),
            'H' => Padded(time.Hour, 2),
            'k' => Padded(time.Hour, 2, ' '),
            'I' => Padded(Twelve(time), 2),
            'l' => Padded(Twelve(time), 2, ' '),
            'M' => Padded(time.Minute, 2),
            'S' => Padded(time.Second, 2),
            'f' => time.ToString("ffffff", CultureInfo.InvariantCulture),
            'u' => Padded(time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek, 1),
            'w' => Padded((int)time.DayOfWeek, 1),
            'U' => Padded((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7, 2),
            'W' => Padded((time.DayOfYear + 6 - (((int)time.DayOfWeek + 6) % 7)) / 7, 2),
            'V' => Padded(ISOWeek.GetWeekOfYear(time.DateTime), 2),
            'G' => Padded(ISOWeek.GetYear(time.DateTime), 0),
            'g' => Padded(ISOWeek.GetYear(time.DateTime) % 100, 2),
            's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'z' => "", // A time without a zone, which datetime.now() is.
            'Z' => "",
            'p' => time.Hour < 12 ? "AM" : "PM",
            'P' => time.Hour < 12 ? "am" : "pm",
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            _ => Named(time),
        };
        return Upper ? text?.ToUpperInvariant() : text;
    }

    private static int Twelve(DateTimeOffset time) => ((time.Hour + 11) % 12) + 1;

    private string? Named(DateTimeOffset time) => (Letter switch
    {
        'A' => "dddd",
        'a' => "ddd",
        'B' => "MMMM",
        'b' or 'h' => "MMM",
        'D' or 'x' => "MM/dd/yy",
        'F' => "yyyy-MM-dd",
        'T' or 'X' => "HH:mm:ss",
        'R' => "HH:mm",
        'r' => "hh:mm:ss tt",
        'c' => time.Day < 10 ? "ddd MMM  d HH:mm:ss yyyy" : "ddd MMM d HH:mm:ss yyyy",
        _ => null,
    }) is { } format ? time.ToString(format, CultureInfo.InvariantCulture).PadLeft(Width) : null;

    private string Padded(int number, int width, char fill = '0')
    {
        var digits = number.ToString(CultureInfo.InvariantCulture);
        return Padding == '-' ? digits : digits.PadLeft(Width > 0 ? Width : width, Padding switch { '_' => ' ', '0' => '0', _ => fill });
    }
}
