using System.Globalization;
using System.Text;

namespace Mend.Models.Chat.Jinja.Syntax;

/// <summary>Backslash escapes of quoted texts, as Python has them.</summary>
internal static class Escapes
{
    /// <summary>The text that a quoted text stands for.</summary>
    /// <param name="quoted">What is between the quotes.</param>
    /// <param name="line">Where, for messages.</param>
    public static string Resolve(string quoted, int line)
    {
        if (!quoted.Contains('\\', StringComparison.Ordinal))
        {
            return quoted;
        }

        var text = new StringBuilder(quoted.Length);
        for (var at = 0; at < quoted.Length; at++)
        {
            if (quoted[at] != '\\')
            {
                text.Append(quoted[at]);
                continue;
            }

            at++;
            var c = quoted[at];
            switch (c)
            {
                case '\n':
                    break;
                case 'x':
                    at += Code(quoted, at + 1, 2, text, line);
                    break;
                case 'u':
                    at += Code(quoted, at + 1, 4, text, line);
                    break;
                case 'U':
                    at += Code(quoted, at + 1, 8, text, line);
                    break;
                case >= '0' and <= '7':
                    at += Octal(quoted, at, text) - 1;
                    break;
                case 'N':
                    throw new TemplateFault("characters by name, \\N{...}, are not supported in a text", line);
                default:
                    Append(text, c);
                    break;
            }
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, char c)
    {
        const string Letters = "\\'\"abfnrtv", Meanings = "\\'\"\a\b\f\n\r\t\v";
        var known = Letters.IndexOf(c, StringComparison.Ordinal);
        if (known >= 0)
        {
            text.Append(Meanings[known]);
        }
        else
        {
            text.Append('\\').Append(c);
        }
    }

    private static int Code(string quoted, int at, int digits, StringBuilder text, int line)
    {
        if (at + digits > quoted.Length || !uint.TryParse(quoted.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || code > 0x10FFFF)
        {
            throw new TemplateFault($"'\\{quoted.AsSpan(at - 1, Math.Min(digits + 1, quoted.Length - at + 1))}' in a text is no character; {digits} hexadecimal digits are wanted", line);
        }

        text.Append(code > char.MaxValue ? char.ConvertFromUtf32((int)code) : ((char)code).ToString());
        return digits;
    }

    private static int Octal(string quoted, int at, StringBuilder text)
    {
        var code = 0;
        var end = at;
        while (end < quoted.Length && end < at + 3 && quoted[end] is >= '0' and <= '7')
        {
            code = (code * 8) + (quoted[end++] - '0');
        }

        text.Append((char)code);
        return end - at;
    }
}
