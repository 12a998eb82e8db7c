namespace Mend.Models.Chat.Jinja.Nodes;

/// <summary>How it goes on after a statement.</summary>
internal enum Flow
{
    /// <summary>With the next one.</summary>
    Next,

    /// <summary>Behind the loop.</summary>
    Break,

    /// <summary>With the loop's next item.</summary>
    Continue,
}

/// <summary>Something that writes or assigns.</summary>
internal abstract class Statement
{
    /// <summary>Does it, in a scope; counts as a step.</summary>
    public Flow Execute(Scope scope)
    {
        scope.Run.Step();
        return Run(scope);
    }

    protected abstract Flow Run(Scope scope);
}

/// <summary>Statements one after another.</summary>
internal sealed class Body(IReadOnlyList<Statement> statements)
{
    public Flow Execute(Scope scope)
    {
        foreach (var statement in statements)
        {
            var flow = statement.Execute(scope);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    /// <summary>What the statements write.</summary>
    public string Capture(Scope scope) => scope.Run.Capture(() => Execute(scope));
}
