using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Nodes;

/// <summary>a and b: the first that is false, else the last.</summary>
internal sealed class Both(Expression left, Expression right) : Expression
{
    protected override object? Compute(Scope scope) => left.Evaluate(scope) is var value && Truth.Of(value) ? right.Evaluate(scope) : value;
}

/// <summary>a or b: the first that is true, else the last.</summary>
internal sealed class Either(Expression left, Expression right) : Expression
{
    protected override object? Compute(Scope scope) => left.Evaluate(scope) is var value && Truth.Of(value) ? value : right.Evaluate(scope);
}

/// <summary>not a.</summary>
internal sealed class Negation(Expression value) : Expression
{
    protected override object? Compute(Scope scope) => !Truth.Of(value.Evaluate(scope));
}

/// <summary>-a or +a.</summary>
internal sealed class Sign(bool negative, Expression value) : Expression
{
    protected override object? Compute(Scope scope) => Arithmetic.Sign(negative, value.Evaluate(scope));
}

/// <summary>a + b and its like.</summary>
internal sealed class Binary(string sign, Expression left, Expression right) : Expression
{
    protected override object? Compute(Scope scope)
    {
        var first = left.Evaluate(scope);
        return Arithmetic.Apply(scope.Run, sign, first, right.Evaluate(scope));
    }
}

/// <summary>a ~ b: the texts of both, one behind the other.</summary>
internal sealed class Concatenation(IReadOnlyList<Expression> parts) : Expression
{
    protected override object? Compute(Scope scope) => scope.Run.Concat([.. parts.Select(p => TextOf.Str(scope.Run, p.Evaluate(scope)))]);
}

/// <summary>a &lt; b &lt;= c, also "in" and "not in": true when every pair of neighbours is as the sign between them says.</summary>
internal sealed class Comparison(Expression first, IReadOnlyList<(string Sign, Expression Value)> rest) : Expression
{
    protected override object? Compute(Scope scope)
    {
        var left = first.Evaluate(scope);
        foreach (var (sign, value) in rest)
        {
            var right = value.Evaluate(scope);
            if (!Holds(scope.Run, sign, left, right))
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    private static bool Holds(RenderRun run, string sign, object? left, object? right) => sign switch
    {
        "==" => Equality.AreEqual(run, left, right),
        "!=" => !Equality.AreEqual(run, left, right),
        "in" => Members.Contains(run, right, left),
        "not in" => !Members.Contains(run, right, left),
        _ => Ordering.Holds(run, sign, left, right),
    };
}

/// <summary>a if b else c; without an else, undefined.</summary>
internal sealed class Conditional(Expression condition, Expression yes, Expression? no) : Expression
{
    protected override object? Compute(Scope scope) =>
        Truth.Of(condition.Evaluate(scope)) ? yes.Evaluate(scope)
        : no is not null ? no.Evaluate(scope)
        : new Undefined("the inline if-expression evaluated to false and no else section was defined.");
}
