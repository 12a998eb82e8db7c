using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Nodes;

/// <summary>Text as it stands in the template.</summary>
internal sealed class Text(string text) : Statement
{
    protected override Flow Run(Scope scope)
    {
        scope.Run.Write(text);
        return Flow.Next;
    }
}

/// <summary>{{ a }}.</summary>
internal sealed class Print(Expression value, int line) : Statement
{
    protected override Flow Run(Scope scope)
    {
        scope.Run.Line = line;
        scope.Run.Write(TextOf.Str(scope.Run, value.Evaluate(scope)));
        return Flow.Next;
    }
}

/// <summary>{% filter a %}: what its body writes, filtered.</summary>
internal sealed class FilterBlock(Expression filters, Body body, int line) : Statement
{
    protected override Flow Run(Scope scope)
    {
        scope.Run.Captured = body.Capture(new Scope(scope));
        scope.Run.Line = line;
        scope.Run.Write(TextOf.Str(scope.Run, filters.Evaluate(scope)));
        return Flow.Next;
    }
}

/// <summary>{% block %} and {% generation %}: what is assigned inside is not seen outside.</summary>
internal sealed class ScopedBlock(Body body) : Statement
{
    protected override Flow Run(Scope scope) => body.Execute(new Scope(scope));
}
