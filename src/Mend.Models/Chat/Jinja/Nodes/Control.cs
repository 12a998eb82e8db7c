using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Nodes;

/// <summary>{% if %} with its {% elif %} and {% else %}.</summary>
internal sealed class If(IReadOnlyList<(Expression Condition, int Line, Body Body)> branches, Body? otherwise) : Statement
{
    protected override Flow Run(Scope scope)
    {
        foreach (var (condition, line, body) in branches)
        {
            scope.Run.Line = line;
            if (Truth.Of(condition.Evaluate(scope)))
            {
                return body.Execute(scope);
            }
        }

        return otherwise?.Execute(scope) ?? Flow.Next;
    }
}

/// <summary>{% break %} and {% continue %}.</summary>
internal sealed class Jump(Flow flow) : Statement
{
    protected override Flow Run(Scope scope) => flow;
}

/// <summary>{% for %}: each item in a scope of its own; {% else %} when no item's body was gone through to its end.</summary>
internal sealed class For(Target target, Expression items, Expression? filter, bool recursive, Body body, Body? otherwise, int line) : Statement
{
    protected override Flow Run(Scope scope)
    {
        scope.Run.Line = line;
        Loop(scope, items.Evaluate(scope), 0);
        return Flow.Next;
    }

    private void Loop(Scope outer, object? value, int depth)
    {
        var run = outer.Run;
        run.Enter();
        List<object?> kept = [];
        foreach (var item in Iteration.Over(run, value))
        {
            if (filter is null || Truth.Of(filter.Evaluate(With(outer, item))))
            {
                kept.Add(item);
            }
        }

        run.Allocate(500 + (8L * kept.Count));
        Func<object?, string>? descend = recursive ? v => run.Capture(() => Loop(outer, v, depth + 1)) : null;
        var loop = new LoopValue(kept, depth, descend);
        var completed = false;
        for (loop.Index0 = 0; loop.Index0 < kept.Count; loop.Index0++)
        {
            var scope = With(outer, kept[loop.Index0]);
            scope.Set("loop", loop);
            var flow = body.Execute(scope);
            completed |= flow == Flow.Next;
            if (flow == Flow.Break)
            {
                break;
            }
        }

        if (!completed)
        {
            otherwise?.Execute(new Scope(outer));
        }

        run.Leave();
    }

    private Scope With(Scope outer, object? item)
    {
        outer.Run.Step();
        Scope scope = new(outer);
        target.Assign(scope, item);
        return scope;
    }
}
