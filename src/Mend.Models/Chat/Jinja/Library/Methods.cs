using System.Numerics;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>A method, with the value that it belongs to.</summary>
internal delegate object? Method(RenderRun run, object? self, CallArguments arguments);

/// <summary>The methods of dictionaries, lists, numbers and, in <see cref="TextMethods"/>, of texts.</summary>
internal static class Methods
{
    private static readonly HashSet<string> ChangeDictionaries = ["clear", "pop", "popitem", "setdefault", "update"];

    private static readonly HashSet<string> ChangeLists = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"];

    private static readonly Dictionary<string, Method> OfDictionaries = new(StringComparer.Ordinal)
    {
        ["items"] = (run, self, _) => Items(run, (DictionaryValue)self!),
        ["keys"] = (_, self, _) => new DictionaryView((DictionaryValue)self!, "keys", d => d.Keys),
        ["values"] = (_, self, _) => new DictionaryView((DictionaryValue)self!, "values", d => d.Values),
        ["get"] = (_, self, arguments) => arguments.Bind("get", "key", "default?") is var bound && ((DictionaryValue)self!).TryGet(bound[0], out var value) ? value : bound[1],
        ["copy"] = (_, self, _) => self,
    };

    private static readonly Dictionary<string, Method> OfSequences = new(StringComparer.Ordinal)
    {
        ["index"] = (run, self, arguments) => Index(run, (Sequence)self!, arguments),
        ["count"] = (run, self, arguments) => arguments.Bind("count", "value")[0] is var value
            ? (BigInteger)((Sequence)self!).Items.Count(i => Equality.AreEqual(run, i, value)) : BigInteger.Zero,
    };

    private static readonly Dictionary<string, Method> OfFloats = new(StringComparer.Ordinal)
    {
        ["is_integer"] = (_, self, _) => self is not double number || double.IsInteger(number),
    };

    /// <summary>A value's method; null when it has none of that name.</summary>
    public static Method? Find(object? value, string name) => (value switch
    {
        string or SafeText => TextMethods.All,
        DictionaryValue => OfDictionaries,
        ListValue when name == "copy" => OfDictionaries,
        Sequence => OfSequences,
        double or BigInteger => OfFloats,
        _ => null,
    })?.GetValueOrDefault(name);

    /// <summary>Whether a method would change its value; those are out of a template's reach.</summary>
    public static bool Changes(object? value, string name) => value switch
    {
        DictionaryValue => ChangeDictionaries.Contains(name),
        ListValue => ChangeLists.Contains(name),
        _ => false,
    };

    /// <summary>The entries of a dictionary as tuples.</summary>
    public static DictionaryView Items(RenderRun run, DictionaryValue dictionary) =>
        new(dictionary, "items", d => d.Entries.Select(e => run.Tuple([e.Key, e.Value])));

    private static object? Index(RenderRun run, Sequence sequence, CallArguments arguments)
    {
        var value = arguments.Bind("index", "value")[0];
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            if (Equality.AreEqual(run, sequence.Items[i], value))
            {
                return (BigInteger)i;
            }
        }

        throw new TemplateFault($"{TextOf.Repr(run, value)} is not in {TypeNames.Of(sequence)}");
    }
}
