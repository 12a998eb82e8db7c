namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Order as Python has it: numbers, texts by code points, lists and tuples item by item.</summary>
internal static class Ordering
{
    public static bool Holds(RenderRun run, string sign, object? a, object? b)
    {
        if (a is double.NaN || b is double.NaN)
        {
            return false;
        }

        var order = Compare(run, a, b, sign);
        return sign switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        };
    }

    /// <summary>Below 0, 0 or above 0.</summary>
    public static int Compare(RenderRun run, object? a, object? b, string sign = "<")
    {
        run.Step();
        if (TextOf.Plain(a) is { } first && TextOf.Plain(b) is { } second)
        {
            run.Scan(Math.Min(first.Length, second.Length));
            return Characters.Compare(first, second);
        }

        return (a, b) switch
        {
            (Undefined undefined, _) => throw undefined.Fault(),
            (_, Undefined undefined) => throw undefined.Fault(),
            (ListValue x, ListValue y) => Compare(run, x, y, sign),
            (TupleValue x, TupleValue y) => Compare(run, x, y, sign),
            _ when Numbers.IsNumber(a) && Numbers.IsNumber(b) => Numbers.Compare(a, b),
            _ => throw new TemplateFault($"'{sign}' not supported between instances of '{TypeNames.Of(a)}' and '{TypeNames.Of(b)}'"),
        };
    }

    /// <summary>Values sorted by a key; equal ones keep their order, also when the order is reversed. A merge sort.</summary>
    public static IReadOnlyList<object?> Sorted(RenderRun run, IEnumerable<object?> items, Func<object?, object?> key, bool reverse = false)
    {
        (object? Key, object? Item)[] from = [.. items.Select(i => (key(i), i))], to = new (object?, object?)[from.Length];
        run.Allocate(64L * from.Length);
        for (var width = 1; width < from.Length; width *= 2)
        {
            for (var start = 0; start < from.Length; start += 2 * width)
            {
                var (left, right, end) = (start, Math.Min(start + width, from.Length), Math.Min(start + (2 * width), from.Length));
                for (var (middle, at) = (right, start); at < end; at++)
                {
                    var order = left < middle && right < end ? Compare(run, from[right].Key, from[left].Key) : left < middle ? 1 : -1;
                    to[at] = left < middle && right < end && order != 0 ? from[order < 0 != reverse ? right++ : left++] : from[left < middle ? left++ : right++];
                }
            }

            (from, to) = (to, from);
        }

        return [.. from.Select(f => f.Item)];
    }

    private static int Compare(RenderRun run, Sequence x, Sequence y, string sign)
    {
        for (var i = 0; i < Math.Min(x.Items.Count, y.Items.Count); i++)
        {
            if (!Equality.AreEqual(run, x.Items[i], y.Items[i]))
            {
                return Compare(run, x.Items[i], y.Items[i], sign);
            }
        }

        return x.Items.Count.CompareTo(y.Items.Count);
    }
}
