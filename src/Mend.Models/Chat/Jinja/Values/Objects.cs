using System.Numerics;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Something with members of its own that are neither items nor methods of a type.</summary>
internal interface IHasAttributes
{
    /// <summary>A member; <see cref="Members.None"/> when there is none of that name.</summary>
    object? Attribute(string attribute);
}

/// <summary>namespace(...): what a template can assign to from inside a loop.</summary>
internal sealed class NamespaceValue : IHasAttributes
{
    public OrderedDictionary<string, object?> Members { get; } = new(StringComparer.Ordinal);

    public object? Attribute(string attribute) => Members.TryGetValue(attribute, out var value) ? value : Values.Members.None;
}

/// <summary>"safe" text: where text is added to it, that text's &lt; and &amp; are escaped.</summary>
/// <param name="Text">The text.</param>
internal sealed record SafeText(string Text);

/// <summary>Something that can be called.</summary>
internal abstract class Callable(string name) : IHasAttributes
{
    public string Name { get; } = name;

    public abstract object? Call(RenderRun run, CallArguments arguments);

    public virtual object? Attribute(string attribute) => Members.None;
}

/// <summary>A function or method of ours.</summary>
internal sealed class Function(string name, Func<RenderRun, CallArguments, object?> body) : Callable(name)
{
    public override object? Call(RenderRun run, CallArguments arguments) => body(run, arguments);
}

/// <summary>The variable "loop".</summary>
internal sealed class LoopValue(IReadOnlyList<object?> items, int depth, Func<object?, string>? descend) : Callable("loop")
{
    private IReadOnlyList<object?>? _lastChanged;

    /// <summary>Number of the item, from 0.</summary>
    public int Index0 { get; set; }

    public int Count => items.Count;

    public override object? Call(RenderRun run, CallArguments arguments) => descend is null
        ? throw new TemplateFault("The loop must have the 'recursive' marker to be called recursively.")
        : descend(arguments.Bind("loop", "iterable")[0]);

    public override object? Attribute(string attribute) => attribute switch
    {
        "index" => (BigInteger)(Index0 + 1),
        "index0" => (BigInteger)Index0,
        "revindex" => (BigInteger)(items.Count - Index0),
        "revindex0" => (BigInteger)(items.Count - Index0 - 1),
        "first" => Index0 == 0,
        "last" => Index0 == items.Count - 1,
        "length" => (BigInteger)items.Count,
        "depth" => (BigInteger)(depth + 1),
        "depth0" => (BigInteger)depth,
        "previtem" => Index0 > 0 ? items[Index0 - 1] : new Undefined("there is no previous item"),
        "nextitem" => Index0 + 1 < items.Count ? items[Index0 + 1] : new Undefined("there is no next item"),
        "cycle" => new Function("cycle", (_, a) => a.Positional.Count > 0
            ? a.Positional[Index0 % a.Positional.Count]
            : throw new TemplateFault("no items for cycling given")),
        "changed" => new Function("changed", Changed),
        _ => Members.None,
    };

    private object? Changed(RenderRun run, CallArguments arguments)
    {
        var same = _lastChanged is not null && Equality.AreEqual(run, new TupleValue(_lastChanged), new TupleValue(arguments.Positional));
        _lastChanged = arguments.Positional;
        return !same;
    }
}
