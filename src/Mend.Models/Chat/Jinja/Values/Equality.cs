using System.Numerics;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Equality and hashes as Python has them: 1 == 1.0 == True, lists and dictionaries by what is in them.</summary>
internal static class Equality
{
    public static bool AreEqual(RenderRun run, object? a, object? b)
    {
        run.Step();
        if (TextOf.Plain(a) is { } text)
        {
            run.Scan(text.Length);
            return TextOf.Plain(b) is { } other && text == other;
        }

        return (a, b) switch
        {
            (null, null) => true,
            (Undefined, Undefined) => true,
            (ListValue x, ListValue y) => ReferenceEquals(x, y) || AllEqual(run, x, y),
            (TupleValue x, TupleValue y) => ReferenceEquals(x, y) || AllEqual(run, x, y),
            (RangeValue x, RangeValue y) => AllEqual(run, x, y),
            (DictionaryValue x, DictionaryValue y) => ReferenceEquals(x, y) || (x.Count == y.Count
                && x.Entries.All(e => y.TryGet(e.Key, out var other) && AreEqual(run, e.Value, other))),
            (SliceValue x, SliceValue y) => AreEqual(run, x.Start, y.Start) && AreEqual(run, x.Stop, y.Stop) && AreEqual(run, x.Step, y.Step),
            _ when Numbers.IsNumber(a) && Numbers.IsNumber(b) => Numbers.Compare(a, b) == 0,
            _ => ReferenceEquals(a, b),
        };
    }

    /// <summary>Whether a value can be a dictionary's key.</summary>
    public static bool IsHashable(object? value) => value is not (ListValue or DictionaryValue) && (value is not TupleValue tuple || tuple.Items.All(IsHashable));

    /// <summary>A hash; values that are equal have equal ones.</summary>
    /// <exception cref="TemplateFault">The value can change, and so is no key.</exception>
    public static int Hash(RenderRun run, object? value)
    {
        run.Step();
        switch (value)
        {
            case null:
                return 0;
            case string or SafeText:
                var text = TextOf.Plain(value)!;
                run.Scan(text.Length);
                return string.GetHashCode(text);
            case bool flag:
                return new BigInteger(flag ? 1 : 0).GetHashCode();
            case BigInteger number:
                return number.GetHashCode();
            case double number:
                return double.IsInteger(number) ? new BigInteger(number).GetHashCode() : number.GetHashCode();
            case TupleValue tuple:
                HashCode hash = default;
                foreach (var item in tuple.Items)
                {
                    hash.Add(Hash(run, item));
                }

                return hash.ToHashCode();
            case ListValue or DictionaryValue:
                throw new TemplateFault($"unhashable type: '{TypeNames.Of(value)}'");
            case Undefined:
                return 1;
            default:
                return System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(value);
        }
    }

    private static bool AllEqual(RenderRun run, Sequence x, Sequence y)
    {
        if (x.Items.Count != y.Items.Count)
        {
            return false;
        }

        for (var i = 0; i < x.Items.Count; i++)
        {
            if (!AreEqual(run, x.Items[i], y.Items[i]))
            {
                return false;
            }
        }

        return true;
    }
}
