using System.Globalization;
using System.Numerics;
using System.Text;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>The filter tojson as transformers has it: Python's json.dumps, which keeps characters beyond ASCII and escapes nothing of HTML.</summary>
internal sealed class JsonText
{
    private readonly RenderRun _run;
    private readonly StringBuilder _text = new();
    private readonly bool _ascii;
    private readonly string? _indent;
    private readonly string _itemSeparator;
    private readonly string _keySeparator;
    private readonly bool _sortKeys;

    private JsonText(RenderRun run, BoundArguments options)
    {
        _run = run;
        _ascii = options.Flag(1);
        _indent = !options.Has(2) ? null
            : TextOf.Plain(options[2]) ?? (options.Int(2) is <= 10_000 and var width ? new string(' ', Math.Max(width, 0)) : throw new TemplateFault("tojson() indents by too much"));
        (_itemSeparator, _keySeparator) = (_indent is null ? ", " : ",", ": ");
        if (options.Has(3))
        {
            List<string?> pair = [.. Iteration.Over(run, options[3]).Take(3).Select(TextOf.Plain)];
            (_itemSeparator, _keySeparator) = pair is [{ } item, { } key] ? (item, key) : throw new TemplateFault("tojson() wants two texts as separators");
        }

        _sortKeys = options.Flag(4);
    }

    /// <summary>The filter.</summary>
    /// <param name="run">Counts what it costs.</param>
    /// <param name="arguments">The value first.</param>
    public static string Of(RenderRun run, CallArguments arguments)
    {
        var options = arguments.Bind("tojson", "value", "ensure_ascii?", "indent?", "separators?", "sort_keys?");
        JsonText json = new(run, options);
        json.Append(options[0], 0);
        return json._text.ToString();
    }

    private void Append(object? value, int depth)
    {
        _run.Step();
        switch (value)
        {
            case string or SafeText:
                AppendText(TextOf.Plain(value)!);
                break;
            case null or bool or BigInteger or double:
                Write(Scalar(value)!);
                break;
            case ListValue or TupleValue:
                AppendAll((Sequence)value, '[', ']', depth, ((Sequence)value).Items.Select(i => (Action)(() => Append(i, depth + 1))));
                break;
            case DictionaryValue dictionary:
                var keys = _sortKeys ? Ordering.Sorted(_run, dictionary.Keys, k => k) : dictionary.Keys;
                AppendAll(dictionary, '{', '}', depth, keys.Select(k => (Action)(() => AppendEntry(k, dictionary[k], depth + 1))));
                break;
            default:
                throw new TemplateFault($"Object of type {TypeNames.Of(value)} is not JSON serializable");
        }
    }

    private void AppendEntry(object? key, object? value, int depth)
    {
        AppendText(TextOf.Plain(key) ?? Scalar(key) ?? throw new TemplateFault($"keys must be str, int, float, bool or None, not {TypeNames.Of(key)}"));
        Write(_keySeparator);
        Append(value, depth);
    }

    private void AppendAll(object container, char open, char close, int depth, IEnumerable<Action> items)
    {
        Write(open.ToString());
        if (Iteration.Length(_run, container) > 0)
        {
            var first = true;
            foreach (var item in items)
            {
                Write(first ? "" : _itemSeparator);
                first = false;
                NewLine(depth + 1);
                item();
            }

            NewLine(depth);
        }

        Write(close.ToString());
    }

    private void NewLine(int depth)
    {
        if (_indent is not null)
        {
            _run.AllocateText(1 + ((long)_indent.Length * depth));
            _text.Append('\n').Insert(_text.Length, _indent, depth);
        }
    }

    private static string? Scalar(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        BigInteger number => number.ToString(CultureInfo.InvariantCulture),
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        double number => Decimals.Repr(number),
        _ => null,
    };

    private void AppendText(string text)
    {
        _run.AllocateText(text.Length + 2);
        _text.Append('"');
        foreach (var c in text)
        {
            switch (c)
            {
                case '"':
                    _text.Append("\\\"");
                    break;
                case '\\':
                    _text.Append("\\\\");
                    break;
                case '\n':
                    _text.Append("\\n");
                    break;
                case '\r':
                    _text.Append("\\r");
                    break;
                case '\t':
                    _text.Append("\\t");
                    break;
                case '\f':
                    _text.Append("\\f");
                    break;
                case '\b':
                    _text.Append("\\b");
                    break;
                default:
                    if (c < ' ' || (_ascii && c > '\x7f'))
                    {
                        _text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    }
                    else
                    {
                        _text.Append(c);
                    }

                    break;
            }
        }

        _text.Append('"');
    }

    private void Write(string text)
    {
        _run.Allocate(2L * text.Length);
        _text.Append(text);
    }
}
