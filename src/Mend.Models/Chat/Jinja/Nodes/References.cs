using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Nodes;

/// <summary>A variable; one that is nowhere is undefined.</summary>
internal sealed class Name(string name) : Expression
{
    protected override object? Compute(Scope scope) => scope.Find(name);
}

/// <summary>a.b: an attribute or method of a value, else its item of that name.</summary>
internal sealed class Member(Expression value, string name) : Expression
{
    protected override object? Compute(Scope scope) => Members.Attribute(scope.Run, value.Evaluate(scope), name);
}

/// <summary>a[b]: an item, or a slice; else an attribute of that name.</summary>
internal sealed class Item(Expression value, Expression key) : Expression
{
    protected override object? Compute(Scope scope)
    {
        var container = value.Evaluate(scope);
        return Members.Item(scope.Run, container, key.Evaluate(scope));
    }
}

/// <summary>What a block has written, inside the filters of {% filter %} and {% set %}.</summary>
internal sealed class Captured : Expression
{
    private Captured()
    {
    }

    public static Captured Instance { get; } = new();

    protected override object? Compute(Scope scope) => scope.Run.Captured;
}
