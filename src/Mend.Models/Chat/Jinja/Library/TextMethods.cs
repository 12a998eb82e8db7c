using System.Globalization;
using System.Numerics;
using System.Text;
using Mend.Models.Chat.Jinja.Values;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>The methods of texts.</summary>
internal static class TextMethods
{
    public static Dictionary<string, Method> All { get; } = new(StringComparer.Ordinal)
    {
        ["upper"] = Map(Characters.Upper),
        ["lower"] = Map(Characters.Lower),
        ["casefold"] = Map(text => Characters.Lower(text).Replace("ß", "ss", StringComparison.Ordinal)),
        ["title"] = Map(Characters.Title),
        ["capitalize"] = Map(Characters.Capitalize),
        ["swapcase"] = Map(text => string.Concat(text.EnumerateRunes().Select(r => Rune.IsUpper(r) ? Characters.Lower(r.ToString()) : Characters.Upper(r.ToString())))),
        ["strip"] = (run, self, a) => Strip(run, self, a, "strip", start: true, end: true),
        ["lstrip"] = (run, self, a) => Strip(run, self, a, "lstrip", start: true, end: false),
        ["rstrip"] = (run, self, a) => Strip(run, self, a, "rstrip", start: false, end: true),
        ["split"] = (run, self, a) => Split(run, self, a.Bind("split", "sep?", "maxsplit?"), fromEnd: false),
        ["rsplit"] = (run, self, a) => Split(run, self, a.Bind("rsplit", "sep?", "maxsplit?"), fromEnd: true),
        ["splitlines"] = (run, self, a) => Listed(run, self, Texts.Lines(Of(self), a.Bind("splitlines", "keepends?").Flag(0))),
        ["partition"] = (run, self, a) => Partition(run, self, a.Bind("partition", "sep").Text(0), fromEnd: false),
        ["rpartition"] = (run, self, a) => Partition(run, self, a.Bind("rpartition", "sep").Text(0), fromEnd: true),
        ["replace"] = (run, self, a) => a.Bind("replace", "old", "new", "count?") is var bound
            ? Texts.Like(self, Texts.Replace(run, Of(self), bound.Text(0), self is SafeText ? Texts.Escaped(bound[1]) : bound.Text(1), bound.Int(2, -1))) : null,
        ["removeprefix"] = (run, self, a) => a.Bind("removeprefix", "prefix").Text(0) is var prefix && Of(self).StartsWith(prefix, StringComparison.Ordinal)
            ? Texts.Like(self, run.Made(Of(self)[prefix.Length..])) : self,
        ["removesuffix"] = (run, self, a) => a.Bind("removesuffix", "suffix").Text(0) is { Length: > 0 } suffix && Of(self).EndsWith(suffix, StringComparison.Ordinal)
            ? Texts.Like(self, run.Made(Of(self)[..^suffix.Length])) : self,
        ["startswith"] = (run, self, a) => Affix(run, self, a.Bind("startswith", "prefix", "start?", "end?"), (text, part) => text.StartsWith(part, StringComparison.Ordinal)),
        ["endswith"] = (run, self, a) => Affix(run, self, a.Bind("endswith", "suffix", "start?", "end?"), (text, part) => text.EndsWith(part, StringComparison.Ordinal)),
        ["find"] = (run, self, a) => Find(run, self, a.Bind("find", "sub", "start?", "end?"), fromEnd: false),
        ["rfind"] = (run, self, a) => Find(run, self, a.Bind("rfind", "sub", "start?", "end?"), fromEnd: true),
        ["index"] = (run, self, a) => Found(Find(run, self, a.Bind("index", "sub", "start?", "end?"), fromEnd: false)),
        ["rindex"] = (run, self, a) => Found(Find(run, self, a.Bind("rindex", "sub", "start?", "end?"), fromEnd: true)),
        ["count"] = (run, self, a) => Count(run, self, a.Bind("count", "sub", "start?", "end?")),
        ["join"] = (run, self, a) => Join(run, self, a.Bind("join", "iterable")[0]),
        ["center"] = (run, self, a) => Pad(run, self, a.Bind("center", "width", "fillchar?"), 1, 1),
        ["ljust"] = (run, self, a) => Pad(run, self, a.Bind("ljust", "width", "fillchar?"), 0, 1),
        ["rjust"] = (run, self, a) => Pad(run, self, a.Bind("rjust", "width", "fillchar?"), 1, 0),
        ["zfill"] = (run, self, a) => ZeroFill(run, self, a.Bind("zfill", "width").Int(0)),
        ["expandtabs"] = (run, self, a) => ExpandTabs(run, self, a.Bind("expandtabs", "tabsize?").Int(0, 8)),
        ["format"] = (run, self, a) => Texts.Like(self, BraceFormat.Format(run, Of(self), a)),
        ["format_map"] = (run, self, a) => a.Bind("format_map", "mapping")[0] is DictionaryValue mapping
            ? Texts.Like(self, BraceFormat.Format(run, Of(self), new CallArguments([], [.. mapping.Entries.Where(e => e.Key is string).Select(e => KeyValuePair.Create((string)e.Key!, e.Value))])))
            : throw new TemplateFault("format_map() wants a mapping"),
        ["isspace"] = Is(c => c <= char.MaxValue && Characters.IsSpace((char)c)),
        ["isalpha"] = Is(CodePoints.IsLetter),
        ["isalnum"] = Is(c => CodePoints.IsLetter(c) || CodePoints.IsNumber(c)),
        ["isdigit"] = Is(c => CodePoints.Category(c) == UnicodeCategory.DecimalDigitNumber || "²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉".Contains((char)c, StringComparison.Ordinal)),
        ["isdecimal"] = Is(c => CodePoints.Category(c) == UnicodeCategory.DecimalDigitNumber),
        ["isnumeric"] = Is(CodePoints.IsNumber),
        ["isascii"] = (run, self, _) => Of(self).All(char.IsAscii),
        ["isprintable"] = (run, self, _) => Of(self).Length == 0 || Is(Characters.IsPrintable)(run, self, new CallArguments([], [])) is true,
        ["isidentifier"] = (run, self, _) => Of(self) is [var first, ..] text && (first == '_' || char.IsLetter(first)) && text.All(c => c == '_' || char.IsLetterOrDigit(c)),
        ["isupper"] = HasCase(Characters.Upper),
        ["islower"] = HasCase(Characters.Lower),
        ["istitle"] = HasCase(Characters.Title),
    };

    private static string Of(object? self) => TextOf.Plain(self)!;

    private static Method Map(Func<string, string> change) => (run, self, _) =>
    {
        run.Walk(Of(self).Length);
        return Texts.Like(self, run.Made(change(Of(self))));
    };

    private static Method Is(Func<int, bool> condition) => (run, self, _) =>
    {
        var text = Of(self);
        run.Walk(text.Length);
        return text.Length > 0 && text.EnumerateRunes().All(r => condition(r.Value));
    };

    private static Method HasCase(Func<string, string> change) => (run, self, _) =>
    {
        var text = Of(self);
        run.Walk(text.Length);
        return change(text) == text && text.EnumerateRunes().Any(r => Characters.IsCased(Rune.GetUnicodeCategory(r)));
    };

    private static object Strip(RenderRun run, object? self, CallArguments arguments, string name, bool start, bool end)
    {
        var set = arguments.Bind(name, "chars?");
        run.Walk(set.Has(0) ? Of(self).Length + set.Text(0).Length : 0);
        return Texts.Like(self, run.Made(Characters.Strip(Of(self), set.Has(0) ? set.Text(0) : null, start, end)));
    }

    private static ListValue Split(RenderRun run, object? self, BoundArguments arguments, bool fromEnd)
    {
        var text = Of(self);
        var most = arguments.Int(1, -1);
        run.Scan(text.Length);
        return Listed(run, self, arguments.Has(0) ? Texts.Split(text, arguments.Text(0), most, fromEnd) : Texts.Words(text, most, fromEnd));
    }

    private static ListValue Listed(RenderRun run, object? self, List<string> parts) =>
        run.List(parts.Select(p => Texts.Like(self, run.Made(p))));

    private static TupleValue Partition(RenderRun run, object? self, string separator, bool fromEnd)
    {
        var text = Of(self);
        run.AllocateText(text.Length);
        var parts = Texts.Split(text, separator, 1, fromEnd);
        string[] three = parts.Count == 2 ? [parts[0], separator, parts[1]] : fromEnd ? ["", "", text] : [text, "", ""];
        return run.Tuple(three.Select(p => Texts.Like(self, p)));
    }

    private static object Affix(RenderRun run, object? self, BoundArguments arguments, Func<string, string, bool> matches)
    {
        var text = Window(run, self, arguments, out _);
        return arguments[0] is TupleValue several
            ? several.Items.Any(p => matches(text, TextOf.Plain(p) ?? throw new TemplateFault($"{arguments.Function} wants texts")))
            : matches(text, arguments.Text(0));
    }

    private static BigInteger Find(RenderRun run, object? self, BoundArguments arguments, bool fromEnd)
    {
        var text = Window(run, self, arguments, out var start);
        var at = fromEnd ? text.LastIndexOf(arguments.Text(0), StringComparison.Ordinal) : text.IndexOf(arguments.Text(0), StringComparison.Ordinal);
        return at < 0 ? -1 : start + Characters.ToCodePoints(run, text, at);
    }

    private static object Found(BigInteger at) => at.Sign < 0 ? throw new TemplateFault("substring not found") : at;

    private static object Count(RenderRun run, object? self, BoundArguments arguments)
    {
        var text = Window(run, self, arguments, out _);
        var part = arguments.Text(0);
        return (BigInteger)(part.Length == 0 ? Characters.Length(run, text) + 1 : text.AsSpan().Count(part));
    }

    /// <summary>The part of a text that the arguments "start" and "end" leave, and the number of its first character.</summary>
    private static string Window(RenderRun run, object? self, BoundArguments arguments, out int start)
    {
        var text = Of(self);
        run.Scan(text.Length);
        start = 0;
        if (!arguments.Has(1) && !arguments.Has(2))
        {
            return text;
        }

        var length = Characters.Length(run, text);
        int At(int bound) => Math.Clamp(bound < 0 ? bound + length : bound, 0, length);
        start = At(arguments.Int(1, 0));
        return text[Characters.ToUnits(run, text, start)..Math.Max(Characters.ToUnits(run, text, start), Characters.ToUnits(run, text, At(arguments.Int(2, length))))];
    }

    private static object Join(RenderRun run, object? self, object? items)
    {
        List<string> parts = [];
        foreach (var item in Iteration.Over(run, items))
        {
            var part = TextOf.Plain(item) ?? throw new TemplateFault($"sequence item {parts.Count}: expected str instance, {TypeNames.Of(item)} found");
            run.AllocateText(part.Length + Of(self).Length);
            parts.Add(self is SafeText ? Texts.Escaped(item) : part);
        }

        return Texts.Like(self, string.Join(Of(self), parts));
    }

    private static object Pad(RenderRun run, object? self, BoundArguments arguments, int left, int right) =>
        Texts.Like(self, Texts.Pad(run, Of(self), arguments.Int(0), arguments.Text(1, " "), left, right));

    private static object ZeroFill(RenderRun run, object? self, int width)
    {
        var text = Of(self);
        var sign = text is ['+' or '-', ..] ? 1 : 0;
        return Texts.Like(self, text[..sign] + Texts.Pad(run, text[sign..], width - sign, "0", 1, 0));
    }

    private static object ExpandTabs(RenderRun run, object? self, int size)
    {
        StringBuilder result = new();
        var column = 0;
        foreach (var c in Of(self))
        {
            var blanks = c == '\t' ? (size > 0 ? size - (column % size) : 0) : 1;
            run.AllocateText(blanks);
            result.Append(c == '\t' ? ' ' : c, blanks);
            column = c is '\n' or '\r' ? 0 : column + (char.IsLowSurrogate(c) ? 0 : blanks);
        }

        return Texts.Like(self, result.ToString());
    }
}
