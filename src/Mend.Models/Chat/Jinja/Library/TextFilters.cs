using System.Globalization;
using System.Numerics;
using System.Text;
using Mend.Models.Chat.Jinja.Values;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>Filters that give texts.</summary>
internal static class TextFilters
{
    public static Dictionary<string, Filter> All { get; } = new()
    {
        ["upper"] = Map("upper", Characters.Upper),
        ["lower"] = Map("lower", Characters.Lower),
        ["capitalize"] = Map("capitalize", Characters.Capitalize),
        ["title"] = Map("title", Title),
        ["trim"] = (run, a) => Trim(run, a.Bind("trim", "value", "chars?")),
        ["string"] = (run, a) => Soft(run, a.Bind("string", "value")[0]),
        ["safe"] = (run, a) => new SafeText(TextOf.Str(run, a.Bind("safe", "value")[0])),
        ["escape"] = (run, a) => Escape(run, a, "escape", again: false),
        ["e"] = (run, a) => Escape(run, a, "e", again: false),
        ["forceescape"] = (run, a) => Escape(run, a, "forceescape", again: true),
        ["replace"] = (run, a) => a.Bind("replace", "value", "old", "new", "count?") is var bound
            ? Texts.Replace(run, TextOf.Str(run, bound[0]), TextOf.Str(run, bound[1]), TextOf.Str(run, bound[2]), bound.Int(3, -1)) : null,
        ["indent"] = (run, a) => Indent(run, a.Bind("indent", "value", "width?", "first?", "blank?")),
        ["center"] = (run, a) => a.Bind("center", "value", "width?") is var bound
            ? Like(run, bound[0], Texts.Pad(run, TextOf.Str(run, bound[0]), bound.Int(1, 80), " ", 1, 1)) : null,
        ["truncate"] = (run, a) => Truncate(run, a.Bind("truncate", "value", "length?", "killwords?", "end?", "leeway?")),
        ["format"] = Format,
        ["wordcount"] = (run, a) => (BigInteger)WordCount(run, TextOf.Str(run, a.Bind("wordcount", "value")[0])),
        ["urlencode"] = (run, a) => UrlEncode(run, a.Bind("urlencode", "value")[0]),
        ["tojson"] = JsonText.Of,
    };

    /// <summary>A text as it is, everything else as text.</summary>
    private static object Soft(RenderRun run, object? value) => value is string or SafeText ? value : TextOf.Str(run, value);

    private static object Like(RenderRun run, object? model, string text) => Texts.Like(model, run.Made(text));

    private static object Trim(RenderRun run, BoundArguments arguments)
    {
        var text = TextOf.Str(run, arguments[0]);
        run.Walk(arguments.Has(1) ? text.Length + arguments.Text(1).Length : 0);
        return Like(run, arguments[0], Characters.Strip(text, arguments.Has(1) ? arguments.Text(1) : null, true, true));
    }

    private static Filter Map(string name, Func<string, string> change) => (run, arguments) =>
    {
        var value = arguments.Bind(name, "value")[0];
        var text = TextOf.Str(run, value);
        run.Walk(text.Length);
        return Like(run, value, change(text));
    };

    /// <summary>Words that begin behind blanks, hyphens and opening brackets; not behind apostrophes, as str.title() has it.</summary>
    private static string Title(string text)
    {
        StringBuilder result = new(text.Length);
        var starts = true;
        foreach (var rune in text.EnumerateRunes())
        {
            var c = rune.ToString();
            var between = c is "-" or "(" or "{" or "[" or "<" || (c.Length == 1 && Characters.IsSpace(c[0]));
            result.Append(between ? c : starts ? Characters.Upper(c) : Characters.Lower(c));
            starts = between;
        }

        return result.ToString();
    }

    private static SafeText Escape(RenderRun run, CallArguments arguments, string name, bool again)
    {
        var value = arguments.Bind(name, "value")[0];
        return value is SafeText safe && !again ? safe : new SafeText(run.Made(Texts.Escape(TextOf.Str(run, value))));
    }

    private static object Indent(RenderRun run, BoundArguments arguments)
    {
        var text = TextOf.Plain(arguments[0]) ?? throw (arguments[0] as Undefined)?.Fault() ?? new TemplateFault($"indent wants a text, not {TypeNames.Of(arguments[0])}");
        var width = TextOf.Plain(arguments[1]) is { } indention ? indention
            : arguments.Int(1, 4) is <= 10_000 and var blanks ? new string(' ', Math.Max(blanks, 0))
            : throw new TemplateFault("indent by more than 10000 blanks");
        var (first, blank) = (arguments.Flag(2), arguments.Flag(3));
        var lines = Texts.Lines(text + "\n");
        run.AllocateText(text.Length + ((long)lines.Count * (width.Length + 1)));
        return Texts.Like(arguments[0], string.Join('\n', lines.Select((line, i) => i == 0 ? (first ? width : "") + line : line.Length > 0 || blank ? width + line : line)));
    }

    private static object? Truncate(RenderRun run, BoundArguments arguments)
    {
        var (length, end, leeway) = (arguments.Int(1, 255), arguments.Text(3, "..."), arguments.Int(4, 5));
        var room = length - Characters.Length(run, end);
        if (room < 0 || leeway < 0)
        {
            throw new TemplateFault($"expected length >= {Characters.Length(run, end)}, got {length}");
        }

        if (Iteration.Length(run, arguments[0]) <= length + (long)leeway)
        {
            return arguments[0];
        }

        var text = arguments.Text(0);
        var kept = text[..Characters.ToUnits(run, text, room)];
        return Like(run, arguments[0], (arguments.Flag(2) ? kept : Texts.Split(kept, " ", 1, fromEnd: true)[0]) + end);
    }

    private static object Format(RenderRun run, CallArguments arguments)
    {
        if (arguments.Positional.Count > 1 && arguments.Named.Count > 0)
        {
            throw new TemplateFault("can't handle positional and keyword arguments at the same time");
        }

        object values = arguments.Named.Count > 0 ? DictionaryValue.Of(run, arguments.Named) : run.Tuple(arguments.Positional.Skip(1));
        return PercentFormat.Format(run, TextOf.Str(run, arguments.Positional[0]), values);
    }

    private static int WordCount(RenderRun run, string text)
    {
        run.Walk(text.Length);
        var count = 0;
        var inWord = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var isWord = rune.Value == '_' || CodePoints.IsLetter(rune.Value) || CodePoints.IsNumber(rune.Value);
            count += isWord && !inWord ? 1 : 0;
            inWord = isWord;
        }

        return count;
    }

    private static string UrlEncode(RenderRun run, object? value)
    {
        if (TextOf.Plain(value) is not null || value is not (DictionaryValue or Sequence))
        {
            return Quote(run, TextOf.Str(run, value), keepSlash: true);
        }

        var pairs = value is DictionaryValue dictionary ? Methods.Items(run, dictionary).Items : ((Sequence)value).Items;
        return run.Made(string.Join('&', pairs.Select(p => p is TupleValue { Items: [var key, var item] }
            ? $"{Quote(run, TextOf.Str(run, key), keepSlash: false)}={Quote(run, TextOf.Str(run, item), keepSlash: false)}"
            : throw new TemplateFault("urlencode wants a text, a dictionary or pairs"))));
    }

    private static string Quote(RenderRun run, string text, bool keepSlash)
    {
        run.AllocateText(3L * text.Length);
        run.Walk(text.Length);
        StringBuilder quoted = new();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || "_.-~".Contains((char)b, StringComparison.Ordinal) || (b == '/' && keepSlash))
            {
                quoted.Append((char)b);
            }
            else
            {
                quoted.Append(b == ' ' && !keepSlash ? "+" : "%" + b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return quoted.ToString();
    }
}
