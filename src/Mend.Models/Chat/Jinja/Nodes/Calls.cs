using Mend.Models.Chat.Jinja.Library;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Nodes;

/// <summary>The arguments of a call, as they are written.</summary>
/// <param name="Positional">Those without a name.</param>
/// <param name="Named">Those with one.</param>
/// <param name="More">*a, or null.</param>
/// <param name="MoreNamed">**a, or null.</param>
internal sealed record ArgumentList(
    IReadOnlyList<Expression> Positional, IReadOnlyList<KeyValuePair<string, Expression>> Named, Expression? More, Expression? MoreNamed)
{
    public static ArgumentList Empty { get; } = new([], [], null, null);

    /// <summary>Their values.</summary>
    public CallArguments Evaluate(Scope scope)
    {
        List<object?> positional = [.. Positional.Select(a => a.Evaluate(scope))];
        List<KeyValuePair<string, object?>> named = [.. Named.Select(a => KeyValuePair.Create(a.Key, a.Value.Evaluate(scope)))];
        if (More is not null)
        {
            positional.AddRange(Iteration.Over(scope.Run, More.Evaluate(scope)));
        }

        if (MoreNamed is not null)
        {
            var more = MoreNamed.Evaluate(scope) as DictionaryValue ?? throw new TemplateFault("argument after ** must be a mapping");
            named.AddRange(more.Entries.Select(e => KeyValuePair.Create(TextOf.Plain(e.Key) ?? throw new TemplateFault("keywords must be strings"), e.Value)));
        }

        return new CallArguments(positional, named);
    }
}

/// <summary>a(b).</summary>
internal sealed class Call(Expression callee, ArgumentList arguments, int line) : Expression
{
    /// <summary>Calls with one named argument more.</summary>
    public object? EvaluateWith(Scope scope, string name, object? value) => Invoke(scope, a => a.With(name, value));

    protected override object? Compute(Scope scope) => Invoke(scope, a => a);

    private object? Invoke(Scope scope, Func<CallArguments, CallArguments> change)
    {
        var function = callee.Evaluate(scope);
        var values = change(arguments.Evaluate(scope));
        scope.Run.Line = line;
        return function switch
        {
            Callable callable => callable.Call(scope.Run, values),
            Undefined undefined => throw undefined.Fault(),
            _ => throw new TemplateFault($"'{TypeNames.Of(function)}' object is not callable"),
        };
    }
}

/// <summary>a | b(c).</summary>
internal sealed class FilterCall(string name, Expression value, ArgumentList arguments, int line) : Expression
{
    protected override object? Compute(Scope scope)
    {
        var first = value.Evaluate(scope);
        var more = arguments.Evaluate(scope);
        scope.Run.Line = line;
        return Filters.Apply(scope.Run, name, first, more);
    }
}

/// <summary>a is b(c).</summary>
internal sealed class TestCall(string name, Expression value, ArgumentList arguments, int line) : Expression
{
    protected override object? Compute(Scope scope)
    {
        var first = value.Evaluate(scope);
        var more = arguments.Evaluate(scope);
        scope.Run.Line = line;
        return Tests.Apply(scope.Run, name, first, more);
    }
}
