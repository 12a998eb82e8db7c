using System.Numerics;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>Filters on several values.</summary>
internal static class SequenceFilters
{
    public static Dictionary<string, Filter> All { get; } = new()
    {
        ["default"] = (run, a) => Default(a.Bind("default", "value", "default_value?", "boolean?")),
        ["d"] = (run, a) => Default(a.Bind("d", "value", "default_value?", "boolean?")),
        ["list"] = (run, a) => run.List(Iteration.Over(run, a.Bind("list", "value")[0])),
        ["join"] = (run, a) => Join(run, a.Bind("join", "value", "d?", "attribute?")),
        ["first"] = (run, a) => First(run, a.Bind("first", "seq")[0]),
        ["last"] = (run, a) => Last(run, a.Bind("last", "seq")[0]),
        ["reverse"] = (run, a) => Reverse(run, a.Bind("reverse", "value")[0]),
        ["items"] = (run, a) => a.Bind("items", "value")[0] switch
        {
            DictionaryValue dictionary => new IteratorValue(run, Methods.Items(run, dictionary).Items),
            Undefined => new IteratorValue(run, []),
            _ => throw new TemplateFault("Can only get item pairs from a mapping."),
        },
        ["dictsort"] = (run, a) => DictionarySort(run, a.Bind("dictsort", "value", "case_sensitive?", "by?", "reverse?")),
        ["sort"] = (run, a) => a.Bind("sort", "value", "reverse?", "case_sensitive?", "attribute?") is var bound
            ? run.List(Ordering.Sorted(run, Iteration.Over(run, bound[0]), Key.Several(run, bound[3], ignoreCase: !bound.Flag(2)), bound.Flag(1))) : null,
        ["unique"] = (run, a) => Unique(run, a.Bind("unique", "value", "case_sensitive?", "attribute?")),
        ["min"] = (run, a) => Extreme(run, a.Bind("min", "value", "case_sensitive?", "attribute?"), 1),
        ["max"] = (run, a) => Extreme(run, a.Bind("max", "value", "case_sensitive?", "attribute?"), -1),
        ["sum"] = (run, a) => Sum(run, a.Bind("sum", "iterable", "attribute?", "start?")),
        ["batch"] = (run, a) => Batch(run, a.Bind("batch", "value", "linecount", "fill_with?")),
        ["slice"] = (run, a) => Slice(run, a.Bind("slice", "value", "slices", "fill_with?")),
        ["groupby"] = (run, a) => GroupBy(run, a.Bind("groupby", "value", "attribute", "default?", "case_sensitive?")),
    };

    private static object? Default(BoundArguments arguments) =>
        arguments[0] is Undefined || (arguments.Flag(2) && !Truth.Of(arguments[0])) ? (arguments.Given[1] ? arguments[1] : "") : arguments[0];

    private static string Join(RenderRun run, BoundArguments arguments)
    {
        var separator = arguments.Given[1] ? TextOf.Str(run, arguments[1]) : "";
        var key = Key.Of(run, arguments[2]);
        List<string> parts = [];
        foreach (var item in Iteration.Over(run, arguments[0]))
        {
            var part = TextOf.Str(run, key(item));
            run.AllocateText(part.Length + separator.Length);
            parts.Add(part);
        }

        return string.Join(separator, parts);
    }

    private static object? First(RenderRun run, object? value)
    {
        foreach (var item in Iteration.Over(run, value))
        {
            return item;
        }

        return new Undefined("No first item, sequence was empty.");
    }

    private static object? Last(RenderRun run, object? value) => value switch
    {
        Sequence { Items: [.., var last] } => last,
        string or SafeText or DictionaryValue or DictionaryView when Iteration.Length(run, value) > 0 => Iteration.Over(run, value).Last(),
        Sequence or string or SafeText or DictionaryValue or DictionaryView or Undefined => new Undefined("No last item, sequence was empty."),
        _ => throw new TemplateFault($"'{TypeNames.Of(value)}' object is not reversible"),
    };

    private static object Reverse(RenderRun run, object? value) => value switch
    {
        string or SafeText => Texts.Like(value, run.Concat([.. Characters.Of(run, TextOf.Plain(value)!).Reverse().Select(c => (string)c!)])),
        IteratorValue => run.List(Iteration.Over(run, value).Reverse()),
        _ => new IteratorValue(run, run.List(Iteration.Over(run, value)).Items.Reverse()),
    };

    private static ListValue DictionarySort(RenderRun run, BoundArguments arguments)
    {
        var by = arguments.Text(2, "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new TemplateFault("You can only sort by either \"key\" or \"value\""),
        };
        var dictionary = arguments[0] as DictionaryValue ?? throw (arguments[0] as Undefined)?.Fault() ?? new TemplateFault($"dictsort wants a dictionary, not {TypeNames.Of(arguments[0])}");
        var key = Key.Of(run, (BigInteger)by, ignoreCase: !arguments.Flag(1));
        return run.List(Ordering.Sorted(run, Methods.Items(run, dictionary).Items, key, arguments.Flag(3)));
    }

    private static IteratorValue Unique(RenderRun run, BoundArguments arguments)
    {
        var key = Key.Of(run, arguments[2], ignoreCase: !arguments.Flag(1));
        DictionaryValue seen = new(run);
        return new IteratorValue(run, Iteration.Over(run, arguments[0]).Where(item =>
        {
            var value = key(item);
            var isNew = !seen.TryGet(value, out _);
            seen.Set(value, null);
            return isNew;
        }));
    }

    private static object? Extreme(RenderRun run, BoundArguments arguments, int sign)
    {
        var key = Key.Of(run, arguments[2], ignoreCase: !arguments.Flag(1));
        var (any, best, bestKey) = (false, (object?)null, (object?)null);
        foreach (var item in Iteration.Over(run, arguments[0]))
        {
            var value = key(item);
            if (!any || sign * Ordering.Compare(run, value, bestKey) < 0)
            {
                (any, best, bestKey) = (true, item, value);
            }
        }

        return any ? best : new Undefined("No aggregated item, sequence was empty.");
    }

    private static object? Sum(RenderRun run, BoundArguments arguments)
    {
        var key = Key.Of(run, arguments[1]);
        var total = arguments.Given[2] ? arguments[2] : BigInteger.Zero;
        return Iteration.Over(run, arguments[0]).Aggregate(total, (sum, item) => Arithmetic.Apply(run, "+", sum, key(item)));
    }

    private static IteratorValue Batch(RenderRun run, BoundArguments arguments)
    {
        var size = Math.Max(arguments.Int(1), 1);
        var fill = arguments.Has(2);
        var filler = arguments[2];
        return new IteratorValue(run, Iteration.Over(run, arguments[0]).Chunk(size).Select(batch =>
        {
            run.Allocate(fill ? 8L * size : 0);
            return (object?)run.List(fill && batch.Length < size ? batch.Concat(Enumerable.Repeat(filler, size - batch.Length)) : batch);
        }));
    }

    private static IteratorValue Slice(RenderRun run, BoundArguments arguments)
    {
        var items = run.List(Iteration.Over(run, arguments[0])).Items;
        var count = arguments.Int(1);
        if (count < 1)
        {
            throw new TemplateFault("slice wants at least one slice");
        }

        var (fill, filler, each, extra) = (arguments.Has(2), arguments[2], items.Count / count, items.Count % count);
        return new IteratorValue(run, Enumerable.Range(0, count).Select(i =>
        {
            var start = (i * each) + Math.Min(i, extra);
            var part = items.Skip(start).Take(each + (i < extra ? 1 : 0));
            return (object?)run.List(fill && i >= extra ? part.Append(filler) : part);
        }));
    }

    private static ListValue GroupBy(RenderRun run, BoundArguments arguments)
    {
        var key = Key.Of(run, arguments[1], ignoreCase: !arguments.Flag(3), arguments[2]);
        var shown = Key.Of(run, arguments[1], ignoreCase: false, arguments[2]);
        List<(object? Key, List<object?> Items)> groups = [];
        foreach (var item in Ordering.Sorted(run, Iteration.Over(run, arguments[0]), key))
        {
            var value = key(item);
            if (groups.Count == 0 || !Equality.AreEqual(run, groups[^1].Key, value))
            {
                groups.Add((value, []));
            }

            groups[^1].Items.Add(item);
        }

        return run.List(groups.Select(g => new TupleValue([shown(g.Items[0]), run.List(g.Items)]) { Names = ["grouper", "list"] }));
    }
}
