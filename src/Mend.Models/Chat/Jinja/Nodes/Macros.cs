using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Nodes;

/// <summary>A parameter of a macro.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Default">What it is where no argument is given; null for undefined.</param>
internal sealed record Parameter(string Name, Expression? Default);

/// <summary>What a macro does.</summary>
/// <param name="Body">Its statements.</param>
/// <param name="TakesMore">Whether it reads varargs.</param>
/// <param name="TakesMoreNamed">Whether it reads kwargs.</param>
/// <param name="TakesCaller">Whether it reads caller.</param>
internal sealed record MacroBody(Body Body, bool TakesMore, bool TakesMoreNamed, bool TakesCaller);

/// <summary>{% macro %}.</summary>
internal sealed class MacroDefinition(string name, IReadOnlyList<Parameter> parameters, MacroBody body) : Statement
{
    protected override Flow Run(Scope scope)
    {
        // Scopes are not counted, being short-lived; but a macro keeps its own.
        scope.Run.Allocate(500);
        scope.Set(name, new MacroValue(name, parameters, body, scope));
        return Flow.Next;
    }
}

/// <summary>{% call %}: calls a macro, which finds the block as "caller".</summary>
internal sealed class CallBlock(Call call, IReadOnlyList<Parameter> parameters, MacroBody body, int line) : Statement
{
    protected override Flow Run(Scope scope)
    {
        scope.Run.Line = line;
        MacroValue caller = new("caller", parameters, body, scope);
        scope.Run.Write(TextOf.Str(scope.Run, call.EvaluateWith(scope, "caller", caller)));
        return Flow.Next;
    }
}

/// <summary>A macro with the scope that it was defined in.</summary>
internal sealed class MacroValue(string name, IReadOnlyList<Parameter> parameters, MacroBody body, Scope definedIn) : Callable(name)
{
    public override object? Call(RenderRun run, CallArguments arguments)
    {
        run.Enter();
        var line = run.Line;
        var result = body.Body.Capture(Bind(arguments));
        run.Line = line;
        run.Leave();
        return result;
    }

    public override object? Attribute(string attribute) => attribute switch
    {
        "name" => Name,
        "arguments" => definedIn.Run.Tuple(parameters.Select(p => (object?)p.Name)),
        "catch_kwargs" => body.TakesMoreNamed,
        "catch_varargs" => body.TakesMore,
        "caller" => body.TakesCaller,
        _ => base.Attribute(attribute),
    };

    private Scope Bind(CallArguments arguments)
    {
        Scope scope = new(definedIn);
        var named = arguments.Named.ToList();
        for (var i = 0; i < parameters.Count; i++)
        {
            var (parameter, fallback) = parameters[i];
            var at = i < arguments.Positional.Count ? -1 : named.FindIndex(n => n.Key == parameter);
            scope.Set(
                parameter,
                i < arguments.Positional.Count ? arguments.Positional[i]
                : at >= 0 ? named[at].Value
                : fallback is not null ? fallback.Evaluate(scope)
                : new Undefined($"parameter '{parameter}' was not provided"));
            if (at >= 0)
            {
                named.RemoveAt(at);
            }
        }

        if (body.TakesCaller && parameters.All(p => p.Name != "caller"))
        {
            var at = named.FindIndex(n => n.Key == "caller");
            scope.Set("caller", at >= 0 ? named[at].Value : new Undefined("No caller defined"));
            if (at >= 0)
            {
                named.RemoveAt(at);
            }
        }

        if (body.TakesMoreNamed)
        {
            scope.Set("kwargs", DictionaryValue.Of(scope.Run, named));
        }
        else if (named.Count > 0)
        {
            throw new TemplateFault($"macro '{Name}' takes no keyword argument '{named[0].Key}'");
        }

        if (body.TakesMore)
        {
            scope.Set("varargs", scope.Run.Tuple(arguments.Positional.Skip(parameters.Count)));
        }
        else if (arguments.Positional.Count > parameters.Count)
        {
            throw new TemplateFault($"macro '{Name}' takes not more than {parameters.Count} argument(s)");
        }

        return scope;
    }
}
