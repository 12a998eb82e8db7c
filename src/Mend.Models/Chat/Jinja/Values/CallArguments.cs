using System.Numerics;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>The arguments that a function is called with.</summary>
/// <param name="positional">Those without a name.</param>
/// <param name="named">Those with one.</param>
internal sealed class CallArguments(IReadOnlyList<object?> positional, IReadOnlyList<KeyValuePair<string, object?>> named)
{
    public IReadOnlyList<object?> Positional { get; } = positional;

    public IReadOnlyList<KeyValuePair<string, object?>> Named { get; } = named;

    public CallArguments With(string name, object? value) => new(Positional, [.. Named, KeyValuePair.Create(name, value)]);

    /// <summary>All but the first <paramref name="count"/> without a name.</summary>
    public CallArguments Skip(int count) => new([.. Positional.Skip(count)], Named);

    /// <summary>The arguments in the order of parameters.</summary>
    /// <param name="function">Its name, for messages.</param>
    /// <param name="parameters">Their names; those that end in ? need no argument.</param>
    public BoundArguments Bind(string function, params ReadOnlySpan<string> parameters)
    {
        if (Positional.Count > parameters.Length)
        {
            throw new TemplateFault($"{function}() takes at most {parameters.Length} arguments ({Positional.Count} given)");
        }

        var values = new object?[parameters.Length];
        var given = new bool[parameters.Length];
        for (var i = 0; i < Positional.Count; i++)
        {
            (values[i], given[i]) = (Positional[i], true);
        }

        foreach (var (name, value) in Named)
        {
            var at = 0;
            while (at < parameters.Length && !parameters[at].AsSpan().TrimEnd('?').SequenceEqual(name))
            {
                at++;
            }

            if (at == parameters.Length || given[at])
            {
                throw new TemplateFault($"{function}() got {(at == parameters.Length ? "an unexpected keyword argument" : "multiple values for argument")} '{name}'");
            }

            (values[at], given[at]) = (value, true);
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            if (!given[i] && !parameters[i].EndsWith('?'))
            {
                throw new TemplateFault($"{function}() misses the argument '{parameters[i]}'");
            }
        }

        return new BoundArguments(function, values, given);
    }
}

/// <summary>Arguments in the order of a function's parameters.</summary>
internal readonly record struct BoundArguments(string Function, object?[] Values, bool[] Given)
{
    public object? this[int parameter] => Values[parameter];

    /// <summary>Whether an argument was given and is not None.</summary>
    public bool Has(int parameter) => Given[parameter] && Values[parameter] is not null;

    public bool Flag(int parameter, bool fallback = false) => Given[parameter] ? Truth.Of(Values[parameter]) : fallback;

    public string Text(int parameter) => TextOf.Plain(Values[parameter]) ?? throw Wrong(parameter, "str");

    public string Text(int parameter, string fallback) => Has(parameter) ? Text(parameter) : fallback;

    public BigInteger Integer(int parameter) => Numbers.AsInteger(Values[parameter]) ?? throw Wrong(parameter, "int");

    /// <summary>A whole number; those too large for an int are its largest or smallest.</summary>
    public int Int(int parameter) => Numbers.Clamp(Integer(parameter));

    public int Int(int parameter, int fallback) => Has(parameter) ? Int(parameter) : fallback;

    private TemplateFault Wrong(int parameter, string wanted) => Values[parameter] is Undefined undefined
        ? undefined.Fault()
        : new TemplateFault($"{Function}() argument {parameter + 1} must be {wanted}, not {TypeNames.Of(Values[parameter])}");
}
