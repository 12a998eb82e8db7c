using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>Plain texts and safe ones.</summary>
internal static class Texts
{
    /// <summary>A text that is safe if another one is.</summary>
    public static object Like(object? model, string text) => model is SafeText ? new SafeText(text) : text;

    /// <summary>A value's text with the signs of HTML escaped, unless it is safe already.</summary>
    public static string Escaped(object? value) => value is SafeText safe ? safe.Text : Escape((string)value!);

    public static string Escape(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace("'", "&#39;", StringComparison.Ordinal)
        .Replace("\"", "&#34;", StringComparison.Ordinal);

    /// <summary>Lines without their ends, by everything that Python takes for the end of a line.</summary>
    public static List<string> Lines(string text, bool keepEnds = false)
    {
        List<string> lines = [];
        for (var at = 0; at < text.Length;)
        {
            var end = text.AsSpan(at).IndexOfAny("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029");
            if (end < 0)
            {
                lines.Add(text[at..]);
                break;
            }

            var next = at + end + (text[at + end] == '\r' && at + end + 1 < text.Length && text[at + end + 1] == '\n' ? 2 : 1);
            lines.Add(text[at..(keepEnds ? next : at + end)]);
            at = next;
        }

        return lines;
    }

    /// <summary>Parts between white space, as split() without a separator.</summary>
    public static List<string> Words(string text, int most = -1, bool fromEnd = false)
    {
        List<string> words = [];
        var (from, to) = (0, text.Length);
        while (true)
        {
            while (from < to && Characters.IsSpace(text[fromEnd ? to - 1 : from]))
            {
                (from, to) = fromEnd ? (from, to - 1) : (from + 1, to);
            }

            if (from == to)
            {
                break;
            }

            if (words.Count == most)
            {
                words.Add(text[from..to]);
                break;
            }

            var rest = text.AsSpan(from, to - from);
            var end = fromEnd ? rest.LastIndexOfAny(Characters.Spaces) : rest.IndexOfAny(Characters.Spaces);
            if (fromEnd)
            {
                var start = from + end + 1;
                words.Add(text[start..to]);
                to = start;
            }
            else
            {
                var stop = end < 0 ? to : from + end;
                words.Add(text[from..stop]);
                from = stop;
            }
        }

        if (fromEnd)
        {
            words.Reverse();
        }

        return words;
    }

    /// <summary>Parts between separators, as split() and rsplit() with one.</summary>
    public static List<string> Split(string text, string separator, int most = -1, bool fromEnd = false)
    {
        if (separator.Length == 0)
        {
            throw new TemplateFault("empty separator");
        }

        List<string> parts = [];
        var (from, to) = (0, text.Length);
        while (parts.Count != most)
        {
            var rest = text.AsSpan(from, to - from);
            var at = fromEnd ? rest.LastIndexOf(separator) : rest.IndexOf(separator);
            if (at < 0)
            {
                break;
            }

            at += from;
            parts.Add(fromEnd ? text[(at + separator.Length)..to] : text[from..at]);
            (from, to) = fromEnd ? (from, at) : (at + separator.Length, to);
        }

        parts.Add(text[from..to]);
        if (fromEnd)
        {
            parts.Reverse();
        }

        return parts;
    }

    /// <summary>The first occurrences of a text replaced by another.</summary>
    /// <param name="run">Counts what it costs.</param>
    /// <param name="text">The text.</param>
    /// <param name="old">What is replaced; an empty text stands between all characters.</param>
    /// <param name="new">By what.</param>
    /// <param name="most">How often at most; below 0 for always.</param>
    public static string Replace(RenderRun run, string text, string old, string @new, int most = -1)
    {
        run.Scan(text.Length);
        if (old.Length == 0)
        {
            List<string> characters = [.. Characters.Of(run, text).Select(c => (string)c!)];
            var gaps = most < 0 ? characters.Count + 1 : Math.Min(most, characters.Count + 1);
            run.AllocateText(text.Length + ((long)gaps * @new.Length));
            return string.Concat(characters.Select((c, i) => i < gaps ? @new + c : c)) + (gaps > characters.Count ? @new : "");
        }

        var count = 0;
        for (var at = 0; count != most && (at = text.IndexOf(old, at, StringComparison.Ordinal)) >= 0; at += old.Length)
        {
            count++;
        }

        run.AllocateText(text.Length + ((long)count * (@new.Length - old.Length)));
        return most < 0 ? text.Replace(old, @new, StringComparison.Ordinal) : string.Join(@new, Split(text, old, count));
    }

    /// <summary>A text in the middle of fill characters, as center() has it.</summary>
    public static string Pad(RenderRun run, string text, int width, string fill, int left, int right)
    {
        var missing = Math.Max(0L, (long)width - Characters.Length(run, text));
        run.AllocateText(text.Length + missing);
        if (fill.EnumerateRunes().Count() != 1)
        {
            throw new TemplateFault("The fill character must be exactly one character long");
        }

        // Where both sides are filled and the gap is odd, Python puts the odd one left exactly where the width is odd too.
        var before = left == 0 ? 0 : right == 0 ? missing : (missing / 2) + (missing & width & 1);
        return string.Concat(Enumerable.Repeat(fill, (int)before)) + text + string.Concat(Enumerable.Repeat(fill, (int)(missing - before)));
    }
}
