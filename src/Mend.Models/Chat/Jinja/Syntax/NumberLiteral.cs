using System.Globalization;
using System.Numerics;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Syntax;

/// <summary>Numbers as templates write them: 10, 1_000, 0xff, 1.5, 2e10.</summary>
internal static class NumberLiteral
{
    /// <summary>Where a number ends.</summary>
    /// <param name="source">The template.</param>
    /// <param name="start">A digit.</param>
    /// <param name="afterPoint">Whether a point stands before it: then it is an index, as in x.0.1, and has none of its own.</param>
    public static (int End, bool IsFloat) End(string source, int start, bool afterPoint)
    {
        if (source[start] == '0' && start + 1 < source.Length)
        {
            Func<char, bool>? isDigit = char.ToLowerInvariant(source[start + 1]) switch
            {
                'x' => char.IsAsciiHexDigit,
                'o' => static c => c is >= '0' and <= '7',
                'b' => static c => c is '0' or '1',
                _ => null,
            };
            if (isDigit is not null && Digits(source, start + 2, isDigit) is var end && end > start + 2)
            {
                return (end, false);
            }
        }

        var whole = Digits(source, start, char.IsAsciiDigit);
        if (afterPoint)
        {
            return (whole, false);
        }

        var fraction = whole < source.Length && source[whole] == '.' ? Digits(source, whole + 1, char.IsAsciiDigit) : whole;
        var mantissa = fraction > whole + 1 ? fraction : whole;
        return Exponent(source, mantissa) is { } exponent ? (exponent, true) : (mantissa, mantissa > whole);
    }

    /// <summary>The value of a whole number.</summary>
    public static BigInteger Integer(Token token)
    {
        var digits = token.Text.Replace("_", "", StringComparison.Ordinal);
        if (digits.Length > Numbers.MostDigits)
        {
            throw new TemplateFault($"a number has {digits.Length} digits; at most {Numbers.MostDigits} are supported", token.Line);
        }

        var radix = digits.Length < 2 ? 'd' : char.ToLowerInvariant(digits[1]);
        return radix switch
        {
            'x' => Numbers.Parse(digits.AsSpan(2), 16),
            'o' => Numbers.Parse(digits.AsSpan(2), 8),
            'b' => Numbers.Parse(digits.AsSpan(2), 2),
            _ => Numbers.Parse(digits, 10),
        };
    }

    /// <summary>The value of a number with a point or an exponent.</summary>
    public static double Float(Token token) =>
        double.Parse(token.Text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>Behind digits, between which single underscores may stand.</summary>
    private static int Digits(string source, int at, Func<char, bool> isDigit)
    {
        while (at < source.Length && (isDigit(source[at]) || (source[at] == '_' && at + 1 < source.Length && isDigit(source[at + 1]))))
        {
            at++;
        }

        return at;
    }

    private static int? Exponent(string source, int at)
    {
        if (at >= source.Length || source[at] is not ('e' or 'E'))
        {
            return null;
        }

        var digits = at + 1 < source.Length && source[at + 1] is '+' or '-' ? at + 2 : at + 1;
        var end = Digits(source, digits, char.IsAsciiDigit);
        return end > digits ? end : null;
    }
}
