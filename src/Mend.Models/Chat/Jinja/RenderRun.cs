using System.Runtime.CompilerServices;
using System.Text;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja;

/// <summary>One rendering: what it has written, what it has cost so far, and where it is. One thread.</summary>
internal sealed class RenderRun
{
    private const int CharactersPerStep = 32;
    private const int CharactersPerSlowStep = 4;

    private readonly ChatTemplateLimits _limits;
    private StringBuilder _output = new();
    private long _steps;
    private long _bytes;
    private long _most;
    private int _depth;

    /// <param name="limits">What it may cost.</param>
    /// <param name="time">The clock of strftime_now.</param>
    public RenderRun(ChatTemplateLimits limits, TimeProvider time)
    {
        _limits = limits;
        _most = limits.Bytes;
        Time = time;
    }

    public TimeProvider Time { get; }

    /// <summary>The template's line that is at work.</summary>
    public int Line { get; set; }

    /// <summary>What the block has written whose filters are at work.</summary>
    public string Captured { get; set; } = "";

    public string Output => _output.ToString();

    /// <summary>Counts steps. Everything that calls itself comes through here, so the stack is looked after here too.</summary>
    public void Step(long steps = 1)
    {
        _steps += steps;
        if (_steps > _limits.Steps)
        {
            throw new TemplateFault($"the template takes more than {_limits.Steps} steps");
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault("the template calls itself, or nests values, too deeply");
        }
    }

    /// <summary>Counts the steps of looking through a text.</summary>
    public void Scan(long characters) => Step(1 + (characters / CharactersPerStep));

    /// <summary>Counts the steps of looking at a text character by character.</summary>
    public void Walk(long characters) => Step(1 + (characters / CharactersPerSlowStep));

    /// <summary>Counts memory, before it is taken.</summary>
    public void Allocate(long bytes)
    {
        _bytes += bytes;
        if (_bytes > _most || bytes < 0)
        {
            throw new TemplateFault($"the template makes more than {_most >> 20} MiB of texts and lists");
        }
    }

    /// <summary>Allows memory for what was not made by the template: its messages.</summary>
    public void Grant(long bytes) => _most += bytes;

    /// <summary>Counts a text that is about to be made, and the work of making it.</summary>
    /// <param name="length">Its length.</param>
    public void AllocateText(long length)
    {
        Allocate(length < 0 ? -1 : 32 + (2 * length));
        Scan(length);
    }

    /// <summary>Counts a text that was made.</summary>
    public string Made(string text)
    {
        AllocateText(text.Length);
        return text;
    }

    public string Concat(params string[] parts)
    {
        AllocateText(parts.Sum(p => (long)p.Length));
        return string.Concat(parts);
    }

    public ListValue List(IEnumerable<object?> items) => new(Counted(items));

    public TupleValue Tuple(IEnumerable<object?> items) => new(Counted(items));

    /// <summary>Goes into a macro or a loop.</summary>
    public void Enter()
    {
        if (++_depth > _limits.Depth)
        {
            throw new TemplateFault($"more than {_limits.Depth} macros and loops run inside each other");
        }
    }

    public void Leave() => _depth--;

    public void Write(string text)
    {
        Scan(text.Length);
        if (_output.Length + (long)text.Length > _limits.Output)
        {
            throw new TemplateFault($"the template writes more than {_limits.Output} characters");
        }

        Allocate(2L * text.Length);
        _output.Append(text);
    }

    /// <summary>What an action writes, which is not written here.</summary>
    public string Capture(Action action)
    {
        var outer = _output;
        _output = new StringBuilder();
        Allocate(100);
        action();
        var text = Made(_output.ToString());
        _output = outer;
        return text;
    }

    private List<object?> Counted(IEnumerable<object?> items)
    {
        List<object?> list = [];
        foreach (var item in items)
        {
            Step();
            Allocate(48);
            list.Add(item);
        }

        Allocate(64);
        return list;
    }
}
