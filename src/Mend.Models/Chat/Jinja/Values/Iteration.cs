namespace Mend.Models.Chat.Jinja.Values;

/// <summary>Goes through values.</summary>
internal static class Iteration
{
    /// <summary>What a value consists of: items, a dictionary's keys, a text's characters; nothing for undefined.</summary>
    /// <exception cref="TemplateFault">The value is a single one.</exception>
    public static IEnumerable<object?> Over(RenderRun run, object? value)
    {
        var items = value switch
        {
            Sequence sequence => sequence.Items,
            DictionaryValue dictionary => dictionary.Keys,
            DictionaryView view => view.Items,
            string text => Characters.Of(run, text),
            SafeText safe => Characters.Of(run, safe.Text),
            IteratorValue iterator => Rest(iterator),
            Undefined => [],
            _ => throw new TemplateFault($"'{TypeNames.Of(value)}' object is not iterable"),
        };
        return Counted(run, items);
    }

    /// <summary>The number of items; null for what cannot be counted.</summary>
    public static int? Length(RenderRun run, object? value) => value switch
    {
        Sequence sequence => sequence.Items.Count,
        DictionaryValue dictionary => dictionary.Count,
        DictionaryView view => view.Count,
        string text => Characters.Length(run, text),
        SafeText safe => Characters.Length(run, safe.Text),
        LoopValue loop => loop.Count,
        Undefined => 0,
        _ => null,
    };

    private static IEnumerable<object?> Counted(RenderRun run, IEnumerable<object?> items)
    {
        foreach (var item in items)
        {
            run.Step();
            yield return item;
        }
    }

    private static IEnumerable<object?> Rest(IteratorValue iterator)
    {
        while (iterator.Next(out var item))
        {
            yield return item;
        }
    }
}
