using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>Filters that apply another filter, or a test, to each value.</summary>
internal static class SelectionFilters
{
    public static Dictionary<string, Filter> All { get; } = new()
    {
        ["map"] = Map,
        ["select"] = (run, a) => Select(run, a, byAttribute: false, keep: true),
        ["reject"] = (run, a) => Select(run, a, byAttribute: false, keep: false),
        ["selectattr"] = (run, a) => Select(run, a, byAttribute: true, keep: true),
        ["rejectattr"] = (run, a) => Select(run, a, byAttribute: true, keep: false),
        ["attr"] = (run, a) => a.Bind("attr", "obj", "name") is var bound ? Members.OnlyAttribute(run, bound[0], bound.Text(1)) : null,
    };

    private static IteratorValue Map(RenderRun run, CallArguments arguments)
    {
        var value = arguments.Positional[0];
        if (!Truth.Of(value))
        {
            return new IteratorValue(run, []);
        }

        var more = arguments.Skip(1);
        Func<object?, object?> change;
        if (more.Positional.Count == 0 && more.Named.Any(n => n.Key == "attribute"))
        {
            var bound = more.Bind("map", "attribute?", "default?");
            change = Key.Of(run, bound[0], ignoreCase: false, bound[1]);
        }
        else
        {
            var name = more.Positional.Count > 0 && TextOf.Plain(more.Positional[0]) is { } filter ? filter : throw new TemplateFault("map requires a filter argument");
            var rest = more.Skip(1);
            change = item => Filters.Apply(run, name, item, rest);
        }

        return new IteratorValue(run, Iteration.Over(run, value).Select(change));
    }

    private static IteratorValue Select(RenderRun run, CallArguments arguments, bool byAttribute, bool keep)
    {
        var value = arguments.Positional[0];
        if (!Truth.Of(value))
        {
            return new IteratorValue(run, []);
        }

        var more = arguments.Skip(1);
        if (byAttribute && more.Positional.Count == 0)
        {
            throw new TemplateFault("Missing parameter for attribute name");
        }

        var key = byAttribute ? Key.Of(run, more.Positional[0]) : item => item;
        var rest = byAttribute ? more.Skip(1) : more;
        Func<object?, bool> holds = item => Truth.Of(key(item));
        if (rest.Positional.Count > 0)
        {
            var name = TextOf.Plain(rest.Positional[0]) ?? throw new TemplateFault("the name of a test is a text");
            var test = rest.Skip(1);
            holds = item => Tests.Apply(run, name, key(item), test);
        }

        return new IteratorValue(run, Iteration.Over(run, value).Where(item => holds(item) == keep));
    }
}
