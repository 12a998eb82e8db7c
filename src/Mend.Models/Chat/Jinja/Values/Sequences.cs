using System.Numerics;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Values one after another that can be counted and asked for by number. Never changed once made.</summary>
internal abstract class Sequence(IReadOnlyList<object?> items)
{
    public IReadOnlyList<object?> Items { get; } = items;
}

/// <summary>A list. What would change one is out of a template's reach.</summary>
internal sealed class ListValue(IReadOnlyList<object?> items) : Sequence(items);

/// <summary>A tuple.</summary>
internal sealed class TupleValue(IReadOnlyList<object?> items) : Sequence(items)
{
    /// <summary>Names of the items, for those that have some; else null.</summary>
    public IReadOnlyList<string>? Names { get; init; }
}

/// <summary>range(...).</summary>
internal sealed class RangeValue(IReadOnlyList<object?> items, BigInteger start, BigInteger stop, BigInteger step) : Sequence(items)
{
    public RangeValue Slice(IReadOnlyList<object?> items, int from, int by) =>
        new(items, start + (from * step), start + (from * step) + (items.Count * by * step), by * step);

    public string Repr => step.IsOne ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})";
}

/// <summary>Values that are gone through once, and made on the way.</summary>
internal sealed class IteratorValue(RenderRun run, IEnumerable<object?> items)
{
    private readonly IEnumerator<object?> _items = items.GetEnumerator();

    public bool Next(out object? item)
    {
        // Iterators over iterators call each other.
        run.Step();
        var more = _items.MoveNext();
        item = more ? _items.Current : null;
        return more;
    }
}

/// <summary>What stands in square brackets with colons.</summary>
/// <param name="Start">The first, or null.</param>
/// <param name="Stop">Behind the last, or null.</param>
/// <param name="Step">From one to the next, or null.</param>
internal sealed record SliceValue(object? Start, object? Stop, object? Step);
