using System.Globalization;
using System.Numerics;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Floats in decimal digits, as Python prints them: exact values, halves to the even digit.</summary>
internal static class Decimals
{
    /// <summary>Most digits behind the point.</summary>
    public const int MostDigits = 400;

    /// <summary>The shortest digits that are read back as the same number.</summary>
    public static string Repr(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        var (digits, exponent) = Shortest(Math.Abs(value));
        var sign = double.IsNegative(value) ? "-" : "";
        return sign + (exponent is >= -4 and < 16 ? Positional(digits, exponent) : Exponential(digits, exponent, 'e'));
    }

    /// <summary>With a number of digits behind the point.</summary>
    public static string Fixed(double value, int digits)
    {
        var scaled = BigInteger.Abs(Scaled(value, digits)).ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        var text = digits == 0 ? scaled : $"{scaled[..^digits]}.{scaled[^digits..]}";
        return double.IsNegative(value) ? "-" + text : text;
    }

    /// <summary>As 1.5e+03, with a number of digits behind the point.</summary>
    public static string Scientific(double value, int digits, char letter)
    {
        var (all, exponent) = Significant(Math.Abs(value), digits + 1);
        return (double.IsNegative(value) ? "-" : "") + Exponential(all, exponent, letter, digits > 0);
    }

    /// <summary>With a number of significant digits, positional where the exponent is small; zeros at the end left out.</summary>
    public static string General(double value, int digits, char letter, bool keepZeros = false)
    {
        digits = Math.Max(digits, 1);
        var (all, exponent) = Significant(Math.Abs(value), digits);
        var kept = keepZeros ? all : all.TrimEnd('0').PadRight(1, '0');
        var text = exponent >= -4 && exponent < digits ? Positional(kept, exponent, withPoint: false) : Exponential(kept, exponent, letter, kept.Length > 1);
        return (double.IsNegative(value) ? "-" : "") + text;
    }

    /// <summary>Rounded to a number of digits behind the point; below 0, before it.</summary>
    public static double Round(double value, int digits)
    {
        if (!double.IsFinite(value) || digits > 323)
        {
            return value;
        }

        if (digits < -308)
        {
            return 0 * value;
        }

        var scaled = Scaled(value, digits);
        var text = $"{BigInteger.Abs(scaled)}e{-digits}";
        return double.CopySign(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture), value);
    }

    /// <summary>A quotient rounded to a whole number, halves to the even one.</summary>
    public static BigInteger DivideRounding(BigInteger dividend, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(BigInteger.Abs(dividend), divisor, out var rest);
        var order = (rest * 2).CompareTo(divisor);
        if (order > 0 || (order == 0 && !quotient.IsEven))
        {
            quotient += 1;
        }

        return dividend.Sign < 0 ? -quotient : quotient;
    }

    /// <summary>value × 10^digits, rounded to a whole number.</summary>
    private static BigInteger Scaled(double value, int digits)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        BigInteger mantissa = (bits & 0xFFFFFFFFFFFFF) | (exponent == 0 ? 0 : 1L << 52);
        exponent = Math.Max(exponent, 1) - 1075;
        var dividend = (bits < 0 ? -mantissa : mantissa) * BigInteger.Pow(10, Math.Max(digits, 0)) * BigInteger.Pow(2, Math.Max(exponent, 0));
        return DivideRounding(dividend, BigInteger.Pow(10, Math.Max(-digits, 0)) * BigInteger.Pow(2, Math.Max(-exponent, 0)));
    }

    /// <summary>That many significant digits of a number that is not negative, and the exponent of the first.</summary>
    private static (string Digits, int Exponent) Significant(double value, int count)
    {
        if (value == 0)
        {
            return (new string('0', count), 0);
        }

        var exponent = (int)Math.Floor(Math.Log10(value));
        string digits;
        while ((digits = Scaled(value, count - 1 - exponent).ToString(CultureInfo.InvariantCulture)).Length != count)
        {
            exponent += digits.Length > count ? 1 : -1;
        }

        return (digits, exponent);
    }

    private static (string Digits, int Exponent) Shortest(double value)
    {
        var shortest = value.ToString("R", CultureInfo.InvariantCulture);
        var mantissa = shortest.Split('E')[0].Replace(".", "", StringComparison.Ordinal).Trim('0');
        if (mantissa.Length == 0)
        {
            return ("0", 0);
        }

        var exponent = shortest.Contains('E', StringComparison.Ordinal)
            ? int.Parse(shortest.AsSpan(shortest.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            : PositionalExponent(shortest);
        return (mantissa, exponent);
    }

    private static int PositionalExponent(string text)
    {
        var point = text.IndexOf('.', StringComparison.Ordinal) is >= 0 and var at ? at : text.Length;
        var first = text.AsSpan().IndexOfAnyInRange('1', '9');
        return first < point ? point - first - 1 : point - first;
    }

    private static string Positional(string digits, int exponent, bool withPoint = true)
    {
        if (exponent < 0)
        {
            return "0." + new string('0', -exponent - 1) + digits;
        }

        var whole = digits.PadRight(exponent + 1, '0');
        var fraction = whole[(exponent + 1)..];
        return fraction.Length > 0 ? $"{whole[..(exponent + 1)]}.{fraction}" : withPoint ? whole + ".0" : whole;
    }

    private static string Exponential(string digits, int exponent, char letter, bool withFraction = true)
    {
        var fraction = digits.Length > 1 && withFraction ? "." + digits[1..] : "";
        return $"{digits[0]}{fraction}{letter}{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture)}";
    }
}
