using System.Numerics;
using System.Text;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>str.format(): "{} {name.member[0]!r:>8}".</summary>
internal static class BraceFormat
{
    public static string Format(RenderRun run, string format, CallArguments arguments)
    {
        var automatic = 0;
        return Format(run, format, arguments, ref automatic, nested: false);
    }

    private static string Format(RenderRun run, string format, CallArguments arguments, ref int automatic, bool nested)
    {
        StringBuilder text = new();
        for (var at = 0; at < format.Length; at++)
        {
            var c = format[at];
            if (c is '{' or '}' && at + 1 < format.Length && format[at + 1] == c)
            {
                text.Append(c);
                at++;
            }
            else if (c == '}')
            {
                throw new TemplateFault("Single '}' encountered in format string");
            }
            else if (c == '{')
            {
                var end = End(format, at);
                var field = Field(run, format[(at + 1)..end], arguments, ref automatic, nested);
                run.AllocateText(field.Length);
                text.Append(field);
                at = end;
            }
            else
            {
                text.Append(c);
            }
        }

        return run.Made(text.ToString());
    }

    /// <summary>The bracket that closes the one at an index; in the specification others may stand in between.</summary>
    private static int End(string format, int open)
    {
        var depth = 0;
        for (var at = open; at < format.Length; at++)
        {
            depth += format[at] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return at;
            }
        }

        throw new TemplateFault("expected '}' before end of string");
    }

    private static string Field(RenderRun run, string field, CallArguments arguments, ref int automatic, bool nested)
    {
        run.Step();
        var (name, specification) = field.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? (field[..colon], field[(colon + 1)..]) : (field, "");
        char? conversion = null;
        if (name.IndexOf('!', StringComparison.Ordinal) is >= 0 and var mark)
        {
            conversion = mark + 2 == name.Length ? name[^1] : throw new TemplateFault("expected ':' after conversion specifier");
            name = name[..mark];
        }

        var value = Value(run, name, arguments, ref automatic);
        value = conversion switch
        {
            null => value,
            's' => TextOf.Str(run, value),
            'r' or 'a' => TextOf.Repr(run, value),
            _ => throw new TemplateFault($"Unknown conversion specifier '{conversion}'"),
        };
        if (nested)
        {
            return TextOf.Str(run, value);
        }

        return FormatSpec.Parse(Format(run, specification, arguments, ref automatic, nested: true)).Apply(run, value);
    }

    private static object? Value(RenderRun run, string name, CallArguments arguments, ref int automatic)
    {
        var end = name.AsSpan().IndexOfAny('.', '[') is >= 0 and var first ? first : name.Length;
        var value = First(name[..end], arguments, ref automatic);
        for (var at = end; at < name.Length;)
        {
            run.Step();
            if (name[at] == '.')
            {
                var stop = name.AsSpan(at + 1).IndexOfAny('.', '[') is >= 0 and var next ? at + 1 + next : name.Length;
                value = Members.Attribute(run, value, name[(at + 1)..stop]);
                at = stop;
            }
            else
            {
                var close = name.IndexOf(']', at);
                if (name[at] != '[' || close < 0)
                {
                    throw new TemplateFault("Only '.' or '[' may follow ']' in format field specifier");
                }

                var key = name[(at + 1)..close];
                value = Members.Item(run, value, key.Length is > 0 and < 9 && key.All(char.IsAsciiDigit) ? BigInteger.Parse(key, System.Globalization.CultureInfo.InvariantCulture) : key);
                at = close + 1;
            }
        }

        return value;
    }

    private static object? First(string name, CallArguments arguments, ref int automatic)
    {
        if (name.Length == 0 || (name.Length < 9 && name.All(char.IsAsciiDigit)))
        {
            var index = name.Length == 0 ? automatic++ : int.Parse(name, System.Globalization.CultureInfo.InvariantCulture);
            return index < arguments.Positional.Count ? arguments.Positional[index] : throw new TemplateFault($"Replacement index {index} out of range for positional args tuple");
        }

        foreach (var (key, value) in arguments.Named)
        {
            if (key == name)
            {
                return value;
            }
        }

        throw new TemplateFault($"format() has no argument '{name}'");
    }
}
