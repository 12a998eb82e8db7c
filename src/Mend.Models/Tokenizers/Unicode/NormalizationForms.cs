using System.Runtime.InteropServices;
using System.Text;

namespace Mend.Models.Tokenizers.Unicode;

/// <summary>The normalisation forms C, D, KC and KD of UAX 15, by Unicode 15.0.0. An unpaired surrogate stays as it is.</summary>
internal static class NormalizationForms
{
    /// <summary>Below this, a code point is the same in every form.</summary>
    private const char FirstChanged = '\u00A0';

    /// <summary>Normalises a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="form">The form wanted.</param>
    /// <returns>The text itself when nothing in it can change.</returns>
    public static string Normalize(string text, NormalizationForm form)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', (char)(FirstChanged - 1)))
        {
            return text;
        }

        var data = NormalizationData.Instance;
        var codePoints = Decompose(text, form is NormalizationForm.FormKC or NormalizationForm.FormKD, data);
        Reorder(CollectionsMarshal.AsSpan(codePoints), data);
        if (form is NormalizationForm.FormC or NormalizationForm.FormKC)
        {
            Compose(codePoints, data);
        }

        var output = new StringBuilder(text.Length);
        foreach (var codePoint in codePoints)
        {
            CodePoints.Append(output, codePoint);
        }

        return output.ToString();
    }

    private static List<int> Decompose(string text, bool compatible, NormalizationData data)
    {
        var output = new List<int>(text.Length);
        for (var at = 0; at < text.Length;)
        {
            Decompose(CodePoints.At(text, at, out var length), compatible, data, output);
            at += length;
        }

        return output;
    }

    private static void Decompose(int codePoint, bool compatible, NormalizationData data, List<int> output)
    {
        if (codePoint < FirstChanged)
        {
            output.Add(codePoint);
        }
        else if (data.Decomposition(codePoint, compatible) is { } parts)
        {
            foreach (var part in parts)
            {
                Decompose(part, compatible, data, output);
            }
        }
        else if (!Hangul.TryDecompose(codePoint, output))
        {
            output.Add(codePoint);
        }
    }

    /// <summary>Sorts each run of marks by combining class; equal classes keep their order.</summary>
    private static void Reorder(Span<int> codePoints, NormalizationData data)
    {
        for (var start = 0; start < codePoints.Length; start++)
        {
            var end = start;
            while (end < codePoints.Length && data.CombiningClass(codePoints[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                SortMarks(codePoints[start..end], data);
            }

            start = end;
        }
    }

    private static void SortMarks(Span<int> marks, NormalizationData data)
    {
        // Class first, then place, in one key: a stable sort, and n log n for whoever sends a megabyte of marks.
        var keys = new long[marks.Length];
        for (var i = 0; i < marks.Length; i++)
        {
            keys[i] = ((long)data.CombiningClass(marks[i]) << 32) | (uint)i;
        }

        keys.AsSpan().Sort(marks);
    }

    /// <summary>Joins starters with the marks that follow them, unless another mark of the same or a higher class is between.</summary>
    private static void Compose(List<int> codePoints, NormalizationData data)
    {
        var starter = -1;
        var lastClass = 0;
        var count = 0;
        foreach (var codePoint in CollectionsMarshal.AsSpan(codePoints))
        {
            var order = data.CombiningClass(codePoint);
            var adjacent = starter == count - 1;
            if (starter >= 0 && (adjacent || lastClass < order) && TryCompose(codePoints[starter], codePoint, data, out var composed))
            {
                codePoints[starter] = composed;
                continue;
            }

            codePoints[count] = codePoint;
            starter = order == 0 ? count : starter;
            lastClass = order;
            count++;
        }

        codePoints.RemoveRange(count, codePoints.Count - count);
    }

    private static bool TryCompose(int first, int second, NormalizationData data, out int composed) =>
        Hangul.TryCompose(first, second, out composed) || data.TryCompose(first, second, out composed);
}
