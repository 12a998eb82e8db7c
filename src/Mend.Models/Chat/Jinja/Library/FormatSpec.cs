using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>How a value is laid out in a text: what stands behind the colon in "{:>8.2f}", and between % and the letter in "%-8.2f".</summary>
internal sealed partial record FormatSpec
{
    /// <summary>What fills the width.</summary>
    public string Fill { get; init; } = " ";

    /// <summary>&lt; &gt; ^ or =; null for what the type prefers.</summary>
    public char? Align { get; init; }

    /// <summary>+ or blank: what stands before a number that is not negative; - or null for nothing.</summary>
    public char? Sign { get; init; }

    /// <summary>Whether 0x and the like stand before a number.</summary>
    public bool Alternate { get; init; }

    /// <summary>Least number of characters.</summary>
    public int Width { get; init; }

    /// <summary>What stands between thousands, or null.</summary>
    public char? Grouping { get; init; }

    /// <summary>Digits behind the point, or characters of a text; null for what the type prefers.</summary>
    public int? Precision { get; init; }

    /// <summary>d, x, f, g, s, …; null for what the value's type prefers.</summary>
    public char? Type { get; init; }

    /// <summary>Reads what stands behind the colon.</summary>
    public static FormatSpec Parse(string text)
    {
        var match = Pattern().Match(text);
        if (!match.Success)
        {
            throw new TemplateFault($"Invalid format specifier '{text}'");
        }

        var groups = match.Groups;
        var zero = groups["zero"].Success;
        return new FormatSpec
        {
            Fill = groups["fill"].Length > 0 ? groups["fill"].Value : zero ? "0" : " ",
            Align = groups["align"].Success ? groups["align"].Value[0] : zero ? '=' : null,
            Sign = groups["sign"].Success ? groups["sign"].Value[0] : null,
            Alternate = groups["alternate"].Success,
            Width = Number(groups["width"].Value) ?? 0,
            Grouping = groups["grouping"].Success ? groups["grouping"].Value[0] : null,
            Precision = Number(groups["precision"].Value),
            Type = groups["type"].Success ? groups["type"].Value[0] : null,
        };
    }

    /// <summary>The value as text.</summary>
    public string Apply(RenderRun run, object? value)
    {
        if (Width > 0)
        {
            run.AllocateText(Width);
        }

        if (TextOf.Plain(value) is { } text)
        {
            return Type is null or 's' && Sign is null && Align != '=' && Grouping is null ? Laid(run, Precision is { } most ? text[..Characters.ToUnits(run, text, most)] : text, '<') : throw Unknown(value);
        }

        if (Numbers.AsInteger(value) is { } whole && (value is not bool || this != new FormatSpec()))
        {
            return Type is null or 'd' or 'n' or 'x' or 'X' or 'o' or 'b' or 'c' ? Whole(run, whole) : Float(run, Numbers.AsFloat(value));
        }

        return value is double number ? Float(run, number)
            : this == new FormatSpec() ? TextOf.Str(run, value)
            : throw new TemplateFault($"unsupported format string passed to {TypeNames.Of(value)}.__format__");
    }

    private string Whole(RenderRun run, BigInteger number)
    {
        if (Precision is not null)
        {
            throw new TemplateFault("Precision not allowed in integer format specifier");
        }

        var size = BigInteger.Abs(number);
        var (digits, prefix) = Type switch
        {
            'x' => (Hex(size), "0x"),
            'X' => (Hex(size).ToUpperInvariant(), "0X"),
            'o' => (InRadix(size, 8), "0o"),
            'b' => (InRadix(size, 2), "0b"),
            'c' => (char.ConvertFromUtf32(number.Sign >= 0 && size <= 0x10FFFF && !(size >= 0xD800 && size <= 0xDFFF) ? (int)size : throw new TemplateFault("%c arg not in range(0x110000)")), ""),
            _ => (size.ToString(CultureInfo.InvariantCulture), ""),
        };
        return Signed(run, number.Sign < 0, Alternate ? prefix : "", Type == 'c' ? digits : Grouped(digits, Type is 'x' or 'X' or 'o' or 'b' ? 4 : 3));
    }

    private string Float(RenderRun run, double value)
    {
        var digits = Math.Min(Precision ?? 6, Decimals.MostDigits);
        var size = Math.Abs(value);
        var text = !double.IsFinite(size) ? Decimals.Repr(size) : Type switch
        {
            'f' or 'F' => Decimals.Fixed(size, digits),
            'e' or 'E' => Decimals.Scientific(size, digits, 'e'),
            'g' or 'G' or 'n' => Decimals.General(size, digits, 'e', Alternate),
            '%' => Decimals.Fixed(size * 100, digits) + "%",
            null => Precision is null ? Decimals.Repr(size) : General(size, digits),
            _ => throw Unknown(value),
        };
        return Signed(run, double.IsNegative(value) && !double.IsNaN(value), "", Grouped(Type is 'F' or 'E' or 'G' ? text.ToUpperInvariant() : text, 3));
    }

    /// <summary>Without a type there is at least one digit behind the point.</summary>
    private static string General(double value, int digits)
    {
        var text = Decimals.General(value, digits, 'e');
        return text.AsSpan().IndexOfAny("e.") < 0 ? text + ".0" : text;
    }

    private string Signed(RenderRun run, bool negative, string prefix, string digits)
    {
        var sign = (negative ? "-" : Sign is null or '-' ? "" : $"{Sign}") + prefix;
        return Align == '=' ? sign + Texts.Pad(run, digits, Width - sign.Length, Fill, 1, 0) : Laid(run, sign + digits, '>');
    }

    private string Laid(RenderRun run, string text, char preferred) => (Align ?? preferred) switch
    {
        '<' => Texts.Pad(run, text, Width, Fill, 0, 1),
        '^' => Centred(run, text),
        _ => Texts.Pad(run, text, Width, Fill, 1, 0),
    };

    private string Centred(RenderRun run, string text)
    {
        var missing = Math.Max(0, Width - Characters.Length(run, text));
        return Texts.Pad(run, Texts.Pad(run, text, Width - missing + (missing / 2), Fill, 1, 0), Width, Fill, 0, 1);
    }

    private string Grouped(string digits, int size)
    {
        if (Grouping is not { } separator)
        {
            return digits;
        }

        var end = 0;
        while (end < digits.Length && char.IsAsciiHexDigit(digits[end]) && (digits[end] != 'e' || size == 4))
        {
            end++;
        }

        StringBuilder text = new();
        for (var i = 0; i < end; i++)
        {
            text.Append(i > 0 && (end - i) % size == 0 ? $"{separator}" : "").Append(digits[i]);
        }

        return text.ToString() + digits[end..];
    }

    private static string Hex(BigInteger number) => InRadix(number, 16);

    private static string InRadix(BigInteger number, int radix)
    {
        if (number.IsZero)
        {
            return "0";
        }

        StringBuilder digits = new();
        for (; !number.IsZero; number /= radix)
        {
            digits.Insert(0, "0123456789abcdef"[(int)(number % radix)]);
        }

        return digits.ToString();
    }

    private static int? Number(string digits) => digits.Length == 0 ? null
        : digits.Length <= 8 ? int.Parse(digits, CultureInfo.InvariantCulture)
        : throw new TemplateFault("Too many decimal digits in format string");

    private TemplateFault Unknown(object? value) => new($"Unknown format code '{Type}' for object of type '{TypeNames.Of(value)}'");

    [GeneratedRegex(@"^(?:(?<fill>(?:[\ud800-\udbff][\udc00-\udfff]|[\s\S])?)(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?(?<width>[0-9]+)?(?<grouping>[,_])?(?:\.(?<precision>[0-9]+))?(?<type>[a-zA-Z%])?$")]
    private static partial Regex Pattern();
}
