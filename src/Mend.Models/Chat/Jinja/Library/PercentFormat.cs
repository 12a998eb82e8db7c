using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>text % values: "%s %05.2f %(name)r".</summary>
internal static partial class PercentFormat
{
    public static string Format(RenderRun run, string format, object? values)
    {
        var mapping = values as DictionaryValue;
        Queue<object?> rest = new(values is TupleValue tuple ? tuple.Items : [values]);
        var used = values is DictionaryValue or ListValue or RangeValue or Undefined;
        StringBuilder text = new();
        for (var at = 0; at < format.Length;)
        {
            var percent = format.IndexOf('%', at);
            text.Append(format, at, (percent < 0 ? format.Length : percent) - at);
            if (percent < 0)
            {
                break;
            }

            run.Step();
            var match = Pattern().Match(format, percent);
            if (!match.Success)
            {
                throw new TemplateFault("incomplete format, or an unsupported format character");
            }

            at = percent + match.Length;
            if (match.Groups["type"].Value == "%")
            {
                text.Append('%');
                continue;
            }

            object? Next() => rest.TryDequeue(out var next) ? next : throw new TemplateFault("not enough arguments for format string");
            int? Size(string group) => match.Groups[group].Value switch
            {
                "" => null,
                "*" => Numbers.Clamp(Numbers.AsInteger(Next()) ?? throw new TemplateFault("* wants int")),
                { Length: <= 8 } digits => int.Parse(digits, CultureInfo.InvariantCulture),
                _ => throw new TemplateFault("width too big"),
            };
            var width = Size("width");
            var precision = match.Groups["point"].Success ? Size("precision") ?? 0 : (int?)null;
            var key = match.Groups["key"];
            var value = !key.Success ? Next()
                : (mapping ?? throw new TemplateFault("format requires a mapping")).TryGet(key.Value, out var named) ? named
                : throw new TemplateFault($"the mapping has no key '{key.Value}'");
            var piece = One(run, match.Groups["flags"].Value, width ?? 0, precision, match.Groups["type"].Value[0], value);
            run.AllocateText(piece.Length);
            text.Append(piece);
        }

        return rest.Count > 0 && !used ? throw new TemplateFault("not all arguments converted during string formatting") : run.Made(text.ToString());
    }

    private static string One(RenderRun run, string flags, int width, int? precision, char type, object? value)
    {
        if (value is Undefined undefined && type is not ('s' or 'r' or 'a'))
        {
            throw undefined.Fault();
        }

        var left = flags.Contains('-', StringComparison.Ordinal) || width < 0;
        var isText = type is 's' or 'r' or 'a' or 'c';
        var zeros = flags.Contains('0', StringComparison.Ordinal) && !left && !isText;
        FormatSpec spec = new()
        {
            Width = Math.Abs(width),
            Fill = zeros ? "0" : " ",
            Align = left ? '<' : zeros ? '=' : '>',
            Sign = flags.Contains('+', StringComparison.Ordinal) ? '+' : flags.Contains(' ', StringComparison.Ordinal) ? ' ' : null,
            Alternate = flags.Contains('#', StringComparison.Ordinal),
            Precision = precision,
            Type = isText ? null : type,
        };
        switch (type)
        {
            case 's':
                return spec.Apply(run, TextOf.Str(run, value));
            case 'r' or 'a':
                return spec.Apply(run, TextOf.Repr(run, value));
            case 'c':
                return TextOf.Plain(value) is { } text ? spec.Apply(run, text)
                    : (spec with { Type = 'c', Sign = null }).Apply(run, Numbers.AsInteger(value) ?? throw new TemplateFault("%c requires int or char"));
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                var whole = Numbers.AsInteger(value) ?? (value is double number && double.IsFinite(number) && type is 'd' or 'i' or 'u'
                    ? new BigInteger((double)value!)
                    : throw new TemplateFault($"%{type} format: a real number is required, not {TypeNames.Of(value)}"));
                var digits = BigInteger.Abs(whole).ToString(CultureInfo.InvariantCulture).Length;
                return precision > digits && type is 'd' or 'i' or 'u'
                    ? (spec with { Type = null, Precision = null, Align = left ? '<' : '>', Fill = " " }).Apply(run, (whole.Sign < 0 ? "-" : "") + Texts.Pad(run, BigInteger.Abs(whole).ToString(CultureInfo.InvariantCulture), precision.Value, "0", 1, 0))
                    : (spec with { Type = type is 'i' or 'u' ? 'd' : type, Precision = null }).Apply(run, whole);
            default:
                return spec.Apply(run, Numbers.IsNumber(value) ? Numbers.AsFloat(value) : throw new TemplateFault($"must be real number, not {TypeNames.Of(value)}"));
        }
    }

    [GeneratedRegex(@"\G%(?:\((?<key>[^)]*)\))?(?<flags>[-+ #0]*)(?<width>\*|[0-9]+)?(?<point>\.(?<precision>\*|[0-9]+)?)?[hlL]?(?<type>[diouxXeEfFgGcrsa%])")]
    private static partial Regex Pattern();
}
