namespace Mend.Models.Chat.Jinja.Nodes;

/// <summary>Something that has a value.</summary>
internal abstract class Expression
{
    /// <summary>The value, in a scope; counts as a step.</summary>
    public object? Evaluate(Scope scope)
    {
        scope.Run.Step();
        return Compute(scope);
    }

    protected abstract object? Compute(Scope scope);
}
