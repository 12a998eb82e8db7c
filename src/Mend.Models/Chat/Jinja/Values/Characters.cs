using System.Buffers;
using System.Globalization;
using System.Text;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Texts as Python sees them: code points, not UTF-16 units, and Python's white space.</summary>
internal static class Characters
{
    private static readonly string[] Ascii = [.. Enumerable.Range(0, 128).Select(c => ((char)c).ToString())];

    /// <summary>White space.</summary>
    public static SearchValues<char> Spaces { get; } = SearchValues.Create([.. Enumerable.Range(0, 0x10000).Select(c => (char)c).Where(IsSpace)]);

    /// <summary>Whether a character is white space; the separators U+001C to U+001F are for Python, and not for .NET.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    public static string TrimEnd(string text) => text[..(text.AsSpan().LastIndexOfAnyExcept(Spaces) + 1)];

    public static string TrimStart(string text) => text.AsSpan().IndexOfAnyExcept(Spaces) is >= 0 and var start ? text[start..] : "";

    /// <summary>Without the characters of a set at its ends.</summary>
    /// <param name="text">The text.</param>
    /// <param name="set">The characters; null for white space.</param>
    /// <param name="start">Whether to look at its start.</param>
    /// <param name="end">Whether to look at its end.</param>
    public static string Strip(string text, string? set, bool start, bool end)
    {
        if (set is null)
        {
            text = start ? TrimStart(text) : text;
            return end ? TrimEnd(text) : text;
        }

        HashSet<Rune> strip = [.. set.EnumerateRunes()];
        var (from, to) = (0, text.Length);
        while (start && from < to && Rune.DecodeFromUtf16(text.AsSpan(from), out var rune, out var length) == OperationStatus.Done && strip.Contains(rune))
        {
            from += length;
        }

        while (end && from < to && Rune.DecodeLastFromUtf16(text.AsSpan(from, to - from), out var rune, out var length) == OperationStatus.Done && strip.Contains(rune))
        {
            to -= length;
        }

        return text[from..to];
    }

    /// <summary>Number of code points.</summary>
    public static int Length(RenderRun run, string text) => HasPairs(text) ? Starts(run, text).Length : text.Length;

    /// <summary>The code points as texts.</summary>
    public static IEnumerable<object?> Of(RenderRun run, string text)
    {
        for (var at = 0; at < text.Length;)
        {
            CodePoints.At(text, at, out var length);
            if (text[at] < 128)
            {
                yield return Ascii[text[at]];
            }
            else
            {
                run.Allocate(32);
                yield return text.Substring(at, length);
            }

            at += length;
        }
    }

    /// <summary>The UTF-16 index at which each code point starts.</summary>
    public static int[] Starts(RenderRun run, string text)
    {
        run.Walk(text.Length);
        return Starts(text);
    }

    /// <summary>The UTF-16 index of a code point's number; the text's length behind the last.</summary>
    public static int ToUnits(RenderRun run, string text, int codePoints)
    {
        if (!HasPairs(text))
        {
            return Math.Min(codePoints, text.Length);
        }

        var starts = Starts(run, text);
        return codePoints < starts.Length ? starts[codePoints] : text.Length;
    }

    /// <summary>The number of the code point at a UTF-16 index.</summary>
    public static int ToCodePoints(RenderRun run, string text, int units) => Length(run, text[..units]);

    /// <summary>Order by code points.</summary>
    public static int Compare(string a, string b)
    {
        var same = a.AsSpan().CommonPrefixLength(b);
        if (same == a.Length || same == b.Length)
        {
            return a.Length.CompareTo(b.Length);
        }

        // Characters beyond the basic plane are surrogates in UTF-16, which stand below U+E000 to U+FFFF.
        var (x, y) = (a[same], b[same]);
        return char.IsSurrogate(x) != char.IsSurrogate(y) && x >= '\ud800' && y >= '\ud800' ? (char.IsSurrogate(x) ? 1 : -1) : x.CompareTo(y);
    }

    public static string Lower(string text) => CaseMapping.ToLower(text);

    /// <summary>Upper case; of the letters that become several, those that have no other capital.</summary>
    public static string Upper(string text)
    {
        var upper = text.ToUpperInvariant();
        return upper.AsSpan().IndexOfAny("ßŉǰﬀﬁﬂﬃﬄﬅﬆ") < 0 ? upper : string.Concat(upper.Select(Expand));
    }

    /// <summary>The first code point in upper case, the others in lower case.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        CodePoints.At(text, 0, out var length);
        return TitleCase(text[..length]) + Lower(text[length..]);
    }

    /// <summary>Letters that begin a run of letters in upper case, the others in lower case.</summary>
    public static string Title(string text)
    {
        StringBuilder result = new(text.Length);
        var inWord = false;
        foreach (string c in Starts(text).Select(at => text.Substring(at, char.IsSurrogatePair(text, at) ? 2 : 1)))
        {
            var cased = IsCased(CharUnicodeInfo.GetUnicodeCategory(c, 0));
            result.Append(!cased ? c : inWord ? Lower(c) : TitleCase(c));
            inWord = cased;
        }

        return result.ToString();
    }

    /// <summary>Whether a category is that of letters with case.</summary>
    public static bool IsCased(UnicodeCategory category) =>
        category is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter;

    /// <summary>Whether Python's repr shows a character as it is.</summary>
    public static bool IsPrintable(int codePoint) => codePoint == ' ' || CodePoints.Category(codePoint) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);

    private static int[] Starts(string text)
    {
        List<int> starts = new(text.Length);
        for (var at = 0; at < text.Length;)
        {
            starts.Add(at);
            CodePoints.At(text, at, out var length);
            at += length;
        }

        return [.. starts];
    }

    private static bool HasPairs(string text) => text.AsSpan().ContainsAnyInRange('\ud800', '\udfff');

    private static string TitleCase(string c) => c == "ß" ? "Ss" : Upper(c) is { Length: > 1 } several && !char.IsSurrogate(several[0]) ? several[0] + Lower(several[1..]) : Upper(c);

    private static string Expand(char c) => c switch
    {
        'ß' => "SS",
        'ŉ' => "ʼN",
        'ǰ' => "J\u030c",
        'ﬀ' => "FF",
        'ﬁ' => "FI",
        'ﬂ' => "FL",
        'ﬃ' => "FFI",
        'ﬄ' => "FFL",
        'ﬅ' or 'ﬆ' => "ST",
        _ => c.ToString(),
    };
}
