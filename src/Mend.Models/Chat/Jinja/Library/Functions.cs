using System.Numerics;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>The functions that every template has.</summary>
internal static class Functions
{
    /// <summary>As in Jinja's sandbox.</summary>
    private const int LongestRange = 100_000;

    private static readonly Dictionary<string, Function> All = new Dictionary<string, Func<RenderRun, CallArguments, object?>>
    {
        ["range"] = Range,
        ["dict"] = (run, arguments) => Dictionary(run, arguments),
        ["namespace"] = Namespace,
        ["cycler"] = Cycler,
        ["joiner"] = Joiner,
        ["raise_exception"] = (run, arguments) => throw new TemplateFault(TextOf.Str(run, arguments.Bind("raise_exception", "message")[0])) { IsRefusal = true },
        ["strftime_now"] = (run, arguments) => TimeFormat.Format(run, run.Time.GetLocalNow(), arguments.Bind("strftime_now", "format").Text(0)),
    }.ToDictionary(f => f.Key, f => new Function(f.Key, f.Value), StringComparer.Ordinal);

    /// <summary>A function; null when there is none of that name.</summary>
    public static Function? Find(string name) => All.GetValueOrDefault(name);

    private static RangeValue Range(RenderRun run, CallArguments arguments)
    {
        var bound = arguments.Bind("range", "start", "stop?", "step?");
        var (start, stop) = bound.Has(1) ? (bound.Integer(0), bound.Integer(1)) : (0, bound.Integer(0));
        var step = bound.Has(2) ? bound.Integer(2) : 1;
        if (step.IsZero)
        {
            throw new TemplateFault("range() arg 3 must not be zero");
        }

        var length = BigInteger.Max(0, step.Sign > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step);
        if (length > LongestRange)
        {
            throw new TemplateFault($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({LongestRange}).");
        }

        return new RangeValue(run.List(Enumerable.Range(0, (int)length).Select(i => (object?)(start + (i * step)))).Items, start, stop, step);
    }

    private static DictionaryValue Dictionary(RenderRun run, CallArguments arguments)
    {
        DictionaryValue result = new(run);
        if (arguments.Positional.Count > 1)
        {
            throw new TemplateFault($"dict expected at most 1 argument, got {arguments.Positional.Count}");
        }

        if (arguments.Positional is [DictionaryValue other])
        {
            foreach (var (key, value) in other.Entries)
            {
                result.Set(key, value);
            }
        }
        else if (arguments.Positional is [var pairs])
        {
            foreach (var pair in Iteration.Over(run, pairs))
            {
                List<object?> two = [.. Iteration.Over(run, pair).Take(3)];
                result.Set(two.Count == 2 ? two[0] : throw new TemplateFault("dictionary update sequence element has not length 2"), two[1]);
            }
        }

        foreach (var (key, value) in arguments.Named)
        {
            result.Set(key, value);
        }

        return result;
    }

    private static NamespaceValue Namespace(RenderRun run, CallArguments arguments)
    {
        NamespaceValue space = new();
        foreach (var (key, value) in Dictionary(run, arguments).Entries)
        {
            space.Members[TextOf.Plain(key) ?? throw new TemplateFault("a namespace's names must be texts")] = value;
        }

        return space;
    }

    private static Cycle Cycler(RenderRun run, CallArguments arguments) =>
        arguments.Positional.Count > 0 ? new Cycle(arguments.Positional) : throw new TemplateFault("at least one item has to be provided");

    private static Function Joiner(RenderRun run, CallArguments arguments)
    {
        var separator = arguments.Bind("joiner", "sep?") is var bound && bound.Has(0) ? bound[0] : ", ";
        var used = false;
        return new Function("joiner", (_, _) =>
        {
            var result = used ? separator : "";
            used = true;
            return result;
        });
    }

    /// <summary>cycler(...): its items in turn.</summary>
    private sealed class Cycle(IReadOnlyList<object?> items) : IHasAttributes
    {
        private int _at;

        public object? Attribute(string attribute) => attribute switch
        {
            "current" => items[_at],
            "next" => new Function("next", (_, _) =>
            {
                var item = items[_at];
                _at = (_at + 1) % items.Count;
                return item;
            }),
            "reset" => new Function("reset", (_, _) =>
            {
                _at = 0;
                return null;
            }),
            _ => Members.None,
        };
    }
}
