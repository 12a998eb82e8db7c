using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Nodes;

/// <summary>A text, a number, true, false or none.</summary>
internal sealed class Constant(object? value) : Expression
{
    protected override object? Compute(Scope scope) => value;
}

/// <summary>[a, b].</summary>
internal sealed class ListDisplay(IReadOnlyList<Expression> items) : Expression
{
    protected override object? Compute(Scope scope) => scope.Run.List(items.Select(i => i.Evaluate(scope)));
}

/// <summary>(a, b).</summary>
internal sealed class TupleDisplay(IReadOnlyList<Expression> items) : Expression
{
    protected override object? Compute(Scope scope) => scope.Run.Tuple(items.Select(i => i.Evaluate(scope)));
}

/// <summary>{a: b}.</summary>
internal sealed class DictionaryDisplay(IReadOnlyList<KeyValuePair<Expression, Expression>> items) : Expression
{
    protected override object? Compute(Scope scope)
    {
        var result = new DictionaryValue(scope.Run);
        foreach (var (key, value) in items)
        {
            result.Set(key.Evaluate(scope), value.Evaluate(scope));
        }

        return result;
    }
}

/// <summary>a:b:c in square brackets.</summary>
internal sealed class Slice(Expression? start, Expression? stop, Expression? step) : Expression
{
    protected override object? Compute(Scope scope) => new SliceValue(start?.Evaluate(scope), stop?.Evaluate(scope), step?.Evaluate(scope));
}
