using System.Globalization;
using System.Numerics;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Whole numbers of any size, floats, and true and false, which count as 1 and 0.</summary>
internal static class Numbers
{
    /// <summary>Digits of the longest whole number that is supported.</summary>
    public const int MostDigits = 1000;

    private static readonly BigInteger Largest = BigInteger.Pow(10, MostDigits);

    public static bool IsNumber(object? value) => value is bool or BigInteger or double;

    /// <summary>A whole number, true or false; null for everything else.</summary>
    public static BigInteger? AsInteger(object? value) => value switch
    {
        BigInteger number => number,
        bool flag => flag ? BigInteger.One : BigInteger.Zero,
        _ => null,
    };

    /// <summary>A number as a float.</summary>
    /// <exception cref="TemplateFault">It is too large.</exception>
    public static double AsFloat(object? value)
    {
        if (value is double number)
        {
            return number;
        }

        var whole = AsInteger(value)!.Value;

        // The conversion of BigInteger cuts off; reading digits rounds, as Python does.
        var nearest = whole.GetBitLength() <= 53 ? (double)whole : double.Parse(whole.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return double.IsFinite(nearest) ? nearest : throw new TemplateFault("int too large to convert to float");
    }

    /// <summary>Checks the size of a number that was computed.</summary>
    public static BigInteger Checked(BigInteger number) => BigInteger.Abs(number) < Largest
        ? number
        : throw new TemplateFault($"a whole number has more than {MostDigits} digits");

    public static int Clamp(BigInteger number) => (int)BigInteger.Clamp(number, int.MinValue, int.MaxValue);

    /// <summary>Below 0, 0 or above 0; exact, also between whole numbers and floats.</summary>
    public static int Compare(object? a, object? b)
    {
        if (AsInteger(a) is { } x && AsInteger(b) is { } y)
        {
            return x.CompareTo(y);
        }

        if (a is double first && b is double second)
        {
            return first < second ? -1 : first > second ? 1 : first == second ? 0 : -1;
        }

        if (a is double)
        {
            return -Compare(b, a);
        }

        var number = (double)b!;
        return double.IsFinite(number) ? CompareFinite(AsInteger(a)!.Value, number) : number > 0 ? -1 : 1;
    }

    /// <summary>Reads digits.</summary>
    public static BigInteger Parse(ReadOnlySpan<char> digits, int radix)
    {
        BigInteger value = 0;
        foreach (var digit in digits)
        {
            value = (value * radix) + (char.IsAsciiDigit(digit) ? digit - '0' : char.ToLowerInvariant(digit) - 'a' + 10);
        }

        return value;
    }

    /// <summary>Reads what Python's int() reads: blanks around, a sign, single underscores between digits, a prefix that fits the base.</summary>
    /// <returns>The number, or null when the text is none.</returns>
    public static BigInteger? ParseInteger(string text, int radix)
    {
        var digits = Characters.Strip(text, null, true, true).AsSpan();
        var negative = digits is ['-', ..];
        if (digits is ['-' or '+', ..])
        {
            digits = digits[1..];
        }

        if (digits is ['0', var letter, _, ..] && "xXoObB".Contains(letter, StringComparison.Ordinal))
        {
            var named = char.ToLowerInvariant(letter) switch { 'x' => 16, 'o' => 8, _ => 2 };
            if (radix == named || radix == 0)
            {
                digits = digits[2] == '_' ? digits[3..] : digits[2..];
                radix = named;
            }
        }

        radix = radix == 0 ? 10 : radix;
        var plain = digits.ToString().Replace("_", "", StringComparison.Ordinal);
        if (plain.Length is 0 or > MostDigits || digits[0] == '_' || digits[^1] == '_' || digits.IndexOf("__") >= 0 || plain.Any(c => !IsDigit(c, radix)))
        {
            return null;
        }

        var value = Parse(plain, radix);
        return negative ? -value : value;
    }

    /// <summary>Reads what Python's float() reads.</summary>
    /// <returns>The number, or null when the text is none.</returns>
    public static double? ParseFloat(string text)
    {
        var number = Characters.Strip(text, null, true, true);
        var sign = number is ['-', ..] ? -1 : 1;
        switch (number.TrimStart('-', '+').ToLowerInvariant())
        {
            case "nan":
                return double.NaN;
            case "inf" or "infinity":
                return sign * double.PositiveInfinity;
        }

        var plain = number.Replace("_", "", StringComparison.Ordinal);
        return plain.All(c => char.IsAsciiDigit(c) || c is '+' or '-' or '.' or 'e' or 'E')
            && double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    private static bool IsDigit(char c, int radix) =>
        char.IsAsciiDigit(c) ? c - '0' < radix : char.IsAsciiLetter(c) && char.ToLowerInvariant(c) - 'a' + 10 < radix;

    private static int CompareFinite(BigInteger whole, double number)
    {
        var order = whole.CompareTo(new BigInteger(Math.Truncate(number)));
        return order != 0 ? order : 0.0.CompareTo(number - Math.Truncate(number));
    }
}
