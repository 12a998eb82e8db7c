using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Nodes;

/// <summary>What a value is assigned to.</summary>
internal abstract class Target
{
    public abstract void Assign(Scope scope, object? value);
}

/// <summary>A variable of the innermost scope.</summary>
internal sealed class NameTarget(string name) : Target
{
    public override void Assign(Scope scope, object? value) => scope.Set(name, value);
}

/// <summary>A member of a namespace, which is the way out of a loop's scope.</summary>
internal sealed class MemberTarget(string name, string member) : Target
{
    public override void Assign(Scope scope, object? value)
    {
        if (scope.Find(name) is not NamespaceValue space)
        {
            throw new TemplateFault("cannot assign attribute on non-namespace object");
        }

        scope.Run.Allocate(64);
        space.Members[member] = value;
    }
}

/// <summary>Several, for the items of a value.</summary>
internal sealed class TupleTarget(IReadOnlyList<Target> targets) : Target
{
    public override void Assign(Scope scope, object? value)
    {
        List<object?> items = [.. Iteration.Over(scope.Run, value).Take(targets.Count + 1)];
        if (items.Count != targets.Count)
        {
            throw new TemplateFault(items.Count < targets.Count
                ? $"not enough values to unpack (expected {targets.Count}, got {items.Count})"
                : $"too many values to unpack (expected {targets.Count})");
        }

        for (var i = 0; i < items.Count; i++)
        {
            targets[i].Assign(scope, items[i]);
        }
    }
}

/// <summary>{% set a = b %}.</summary>
internal sealed class Set(Target target, Expression value, int line) : Statement
{
    protected override Flow Run(Scope scope)
    {
        scope.Run.Line = line;
        target.Assign(scope, value.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary>{% set a %}: what its body writes, filtered.</summary>
internal sealed class SetBlock(Target target, Expression filters, Body body, int line) : Statement
{
    protected override Flow Run(Scope scope)
    {
        scope.Run.Captured = body.Capture(new Scope(scope));
        scope.Run.Line = line;
        target.Assign(scope, filters.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary>{% with a = b %}: the values are computed outside, the names hold inside.</summary>
internal sealed class With(IReadOnlyList<(Target Target, Expression Value)> values, Body body, int line) : Statement
{
    protected override Flow Run(Scope scope)
    {
        scope.Run.Line = line;
        Scope inner = new(scope);
        foreach (var (target, value) in values)
        {
            target.Assign(inner, value.Evaluate(scope));
        }

        return body.Execute(inner);
    }
}
