using System.Numerics;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Python's names of the types of values, for messages.</summary>
internal static class TypeNames
{
    public static string Of(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        BigInteger => "int",
        double => "float",
        string => "str",
        SafeText => "Markup",
        ListValue => "list",
        TupleValue => "tuple",
        RangeValue => "range",
        DictionaryValue => "dict",
        DictionaryView view => view.TypeName,
        SliceValue => "slice",
        NamespaceValue => "Namespace",
        LoopValue => "LoopContext",
        IteratorValue => "generator",
        Undefined => "Undefined",
        Callable => "function",
        _ => value.GetType().Name,
    };
}
