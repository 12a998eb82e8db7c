using System.Globalization;
using System.Numerics;
using System.Text;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Values as text: Python's str() and repr().</summary>
internal static class TextOf
{
    /// <summary>The text of a text; null for everything else.</summary>
    public static string? Plain(object? value) => value as string ?? (value as SafeText)?.Text;

    /// <summary>str(): a text as it is, nothing for undefined, everything else as repr() has it.</summary>
    public static string Str(RenderRun run, object? value) => Plain(value) ?? (value is Undefined ? "" : Repr(run, value));

    /// <summary>repr().</summary>
    public static string Repr(RenderRun run, object? value)
    {
        StringBuilder text = new();
        Append(run, text, value);
        return text.ToString();
    }

    private static void Append(RenderRun run, StringBuilder text, object? value)
    {
        run.Step();
        var before = text.Length;
        switch (value)
        {
            case null:
                text.Append("None");
                break;
            case bool flag:
                text.Append(flag ? "True" : "False");
                break;
            case BigInteger number:
                text.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                text.Append(Decimals.Repr(number));
                break;
            case string plain:
                run.AllocateText(plain.Length);
                Quote(text, plain);
                return;
            case SafeText safe:
                run.AllocateText(safe.Text.Length);
                Quote(text.Append("Markup("), safe.Text);
                text.Append(')');
                return;
            case RangeValue range:
                text.Append(range.Repr);
                break;
            case Sequence sequence:
                AppendItems(run, text, sequence.Items, sequence is TupleValue ? "(" : "[", sequence is not TupleValue ? "]" : sequence.Items.Count == 1 ? ",)" : ")");
                return;
            case DictionaryValue dictionary:
                AppendEntries(run, text, dictionary.Entries);
                return;
            case DictionaryView view:
                AppendItems(run, text.Append(view.TypeName), view.Items, "([", "])");
                return;
            case NamespaceValue space:
                text.Append("<Namespace ");
                AppendEntries(run, text, space.Members.Select(m => KeyValuePair.Create((object?)m.Key, m.Value)));
                text.Append('>');
                return;
            case LoopValue loop:
                text.Append(CultureInfo.InvariantCulture, $"<LoopContext {loop.Index0 + 1}/{loop.Count}>");
                break;
            case Undefined:
                text.Append("Undefined");
                break;
            case Callable callable:
                text.Append("<function ").Append(callable.Name).Append('>');
                break;
            default:
                text.Append('<').Append(TypeNames.Of(value)).Append(" object>");
                break;
        }

        run.AllocateText(text.Length - before);
    }

    private static void AppendItems(RenderRun run, StringBuilder text, IEnumerable<object?> items, string open, string close)
    {
        text.Append(open);
        var separator = "";
        foreach (var item in items)
        {
            text.Append(separator);
            separator = ", ";
            Append(run, text, item);
        }

        text.Append(close);
    }

    private static void AppendEntries(RenderRun run, StringBuilder text, IEnumerable<KeyValuePair<object?, object?>> entries)
    {
        text.Append('{');
        var separator = "";
        foreach (var (key, value) in entries)
        {
            text.Append(separator);
            separator = ", ";
            Append(run, text, key);
            text.Append(": ");
            Append(run, text, value);
        }

        text.Append('}');
    }

    /// <summary>In single quotes, or in double ones where that saves escapes.</summary>
    private static void Quote(StringBuilder text, string plain)
    {
        var quote = plain.Contains('\'', StringComparison.Ordinal) && !plain.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        text.Append(quote);
        for (var at = 0; at < plain.Length;)
        {
            var c = CodePoints.At(plain, at, out var length);
            at += length;
            if (c == '\\' || c == quote)
            {
                text.Append('\\').Append((char)c);
            }
            else if (c is '\n' or '\r' or '\t')
            {
                text.Append(c switch { '\n' => "\\n", '\r' => "\\r", _ => "\\t" });
            }
            else if (Characters.IsPrintable(c))
            {
                CodePoints.Append(text, c);
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{(c < 0x100 ? $"\\x{c:x2}" : c < 0x10000 ? $"\\u{c:x4}" : $"\\U{c:x8}")}");
            }
        }

        text.Append(quote);
    }
}
