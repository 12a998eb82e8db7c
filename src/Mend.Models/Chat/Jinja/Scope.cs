using Mend.Models.Chat.Jinja.Library;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja;

/// <summary>Variables; what is not here is looked for in the scope around it, then among the functions that every template has.</summary>
internal sealed class Scope
{
    private readonly Scope? _outer;
    private Dictionary<string, object?>? _values;

    /// <summary>The outermost one.</summary>
    public Scope(RenderRun run) => Run = run;

    public Scope(Scope outer)
    {
        Run = outer.Run;
        _outer = outer;
    }

    public RenderRun Run { get; }

    public object? Find(string name)
    {
        for (var scope = this; scope is not null; scope = scope._outer)
        {
            if (scope._values is not null && scope._values.TryGetValue(name, out var value))
            {
                return value;
            }
        }

        return Functions.Find(name) is { } function ? function : new Undefined($"'{name}' is undefined");
    }

    public void Set(string name, object? value)
    {
        _values ??= new Dictionary<string, object?>(StringComparer.Ordinal);
        _values[name] = value;
    }
}
