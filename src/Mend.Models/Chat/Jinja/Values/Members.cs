using System.Numerics;
using Mend.Models.Chat.Jinja.Library;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Attributes, items and slices of values, in the order in which Jinja's sandbox looks for them.</summary>
internal static class Members
{
    /// <summary>Stands for "there is no such attribute", which null, Python's None, cannot.</summary>
    public static object None { get; } = new();

    /// <summary>value.name.</summary>
    public static object? Attribute(RenderRun run, object? value, string name)
    {
        var attribute = Find(value, name);
        return attribute != None ? attribute
            : value is DictionaryValue dictionary && dictionary.TryGet(name, out var item) ? item
            : Undefined.Of(run, value, name);
    }

    /// <summary>value.name, without looking for an item of that name; undefined when there is none.</summary>
    public static object? OnlyAttribute(RenderRun run, object? value, string name) =>
        Find(value, name) is var attribute && attribute != None ? attribute : Undefined.Of(run, value, name);

    /// <summary>value[key].</summary>
    public static object? Item(RenderRun run, object? value, object? key)
    {
        if (value is Undefined undefined)
        {
            throw undefined.Fault();
        }

        if (value is DictionaryValue dictionary && Equality.IsHashable(key) && dictionary.TryGet(key, out var item))
        {
            return item;
        }

        if (key is SliceValue slice)
        {
            return Sliced(run, value, slice);
        }

        if (Numbers.AsInteger(key) is { } index && At(run, value, index) is var found && found != None)
        {
            return found;
        }

        return TextOf.Plain(key) is { } name && Find(value, name) is var attribute && attribute != None ? attribute : Undefined.Of(run, value, key);
    }

    /// <summary>item in container.</summary>
    public static bool Contains(RenderRun run, object? container, object? item)
    {
        if (TextOf.Plain(container) is { } text)
        {
            run.Scan(text.Length);
            return TextOf.Plain(item) is { } part ? text.Contains(part, StringComparison.Ordinal)
                : item is Undefined undefined ? throw undefined.Fault()
                : throw new TemplateFault($"'in <string>' requires string as left operand, not {TypeNames.Of(item)}");
        }

        return container is DictionaryValue dictionary
            ? dictionary.TryGet(item, out _)
            : container is Sequence or DictionaryView or IteratorValue or Undefined
                ? Iteration.Over(run, container).Any(i => Equality.AreEqual(run, i, item))
                : throw new TemplateFault($"argument of type '{TypeNames.Of(container)}' is not iterable");
    }

    private static object? Find(object? value, string name) => value switch
    {
        Undefined undefined => throw undefined.Fault(),
        _ when IsInternal(name) || Methods.Changes(value, name) => new Undefined($"access to attribute '{name}' of '{TypeNames.Of(value)}' object is unsafe."),
        IHasAttributes own => own.Attribute(name),
        TupleValue { Names: { } names, Items: var items } when names.Contains(name) => items[names.ToList().IndexOf(name)],
        _ => Methods.Find(value, name) is { } method ? new Function(name, (run, arguments) => method(run, value, arguments)) : None,
    };

    /// <summary>Whether a name is one of Python's own, such as __class__: those are out of a template's reach.</summary>
    private static bool IsInternal(string name) => name.Length > 4 && name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal);

    private static object? At(RenderRun run, object? value, BigInteger index)
    {
        if (Iteration.Length(run, value) is not { } length || value is DictionaryValue or DictionaryView)
        {
            return None;
        }

        index = index.Sign < 0 ? index + length : index;
        if (index.Sign < 0 || index >= length)
        {
            return None;
        }

        if (value is Sequence sequence)
        {
            return sequence.Items[(int)index];
        }

        var text = TextOf.Plain(value);
        if (text is null)
        {
            return None;
        }

        run.Scan(text.Length);
        var start = Characters.ToUnits(run, text, (int)index);
        return Texts.Like(value, text[start..(start + (char.IsSurrogatePair(text, start) ? 2 : 1))]);
    }

    private static object Sliced(RenderRun run, object? value, SliceValue slice)
    {
        if (value is not (Sequence or string or SafeText))
        {
            throw new TemplateFault($"'{TypeNames.Of(value)}' object has no slices");
        }

        var (start, count, step) = Bounds(slice, Iteration.Length(run, value)!.Value);
        var indices = Enumerable.Range(0, count).Select(i => start + (i * step));
        if (value is Sequence sequence)
        {
            var items = indices.Select(i => sequence.Items[i]);
            return value switch
            {
                TupleValue => run.Tuple(items),
                RangeValue range => range.Slice(run.List(items).Items, start, step),
                _ => run.List(items),
            };
        }

        var text = TextOf.Plain(value)!;
        run.AllocateText(text.Length);
        var starts = Characters.Starts(run, text);
        if (step == 1)
        {
            return Texts.Like(value, count == 0 ? "" : text[starts[start]..(start + count < starts.Length ? starts[start + count] : text.Length)]);
        }

        return Texts.Like(value, string.Concat(indices.Select(i => text[starts[i]..(i + 1 < starts.Length ? starts[i + 1] : text.Length)])));
    }

    private static (int Start, int Count, int Step) Bounds(SliceValue slice, int length)
    {
        var step = Bound(slice.Step) is { } s ? Numbers.Clamp(s) : 1;
        if (step == 0)
        {
            throw new TemplateFault("slice step cannot be zero");
        }

        var (lowest, highest) = step > 0 ? (0, length) : (-1, length - 1);
        int Clamped(object? bound, int fallback) => Bound(bound) is not { } value
            ? fallback
            : Numbers.Clamp(BigInteger.Clamp(value.Sign < 0 ? value + length : value, lowest, highest));
        var start = Clamped(slice.Start, step > 0 ? lowest : highest);
        var stop = Clamped(slice.Stop, step > 0 ? highest : lowest);
        var distance = step > 0 ? (long)stop - start : (long)start - stop;
        return (start, distance <= 0 ? 0 : (int)((distance - 1) / Math.Abs((long)step)) + 1, step);
    }

    private static BigInteger? Bound(object? value) => value is null ? null
        : Numbers.AsInteger(value) ?? throw (value as Undefined)?.Fault() ?? new TemplateFault("slice indices must be integers or None");
}
