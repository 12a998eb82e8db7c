namespace Mend.Models.Chat.Jinja.Values;

/// <summary>A dictionary, in the order in which its keys were set.</summary>
internal sealed class DictionaryValue
{
    private readonly RenderRun _run;
    private readonly OrderedDictionary<Key, object?> _entries;

    public DictionaryValue(RenderRun run)
    {
        _run = run;
        _entries = new OrderedDictionary<Key, object?>(new KeyComparer(run));
        run.Allocate(100);
    }

    public int Count => _entries.Count;

    public IEnumerable<KeyValuePair<object?, object?>> Entries => _entries.Select(e => KeyValuePair.Create(e.Key.Value, e.Value));

    public IEnumerable<object?> Keys => _entries.Keys.Select(k => k.Value);

    public IEnumerable<object?> Values => _entries.Values;

    /// <summary>The value of a key that is there.</summary>
    public object? this[object? key] => _entries[new Key(key)];

    public static DictionaryValue Of(RenderRun run, IEnumerable<KeyValuePair<string, object?>> entries)
    {
        DictionaryValue result = new(run);
        foreach (var (key, value) in entries)
        {
            result.Set(key, value);
        }

        return result;
    }

    public void Set(object? key, object? value)
    {
        _run.Step();
        _run.Allocate(100);
        _entries[new Key(key)] = value;
    }

    public bool TryGet(object? key, out object? value)
    {
        _run.Step();
        return _entries.TryGetValue(new Key(key), out value);
    }

    /// <summary>A key; None, which is null here, is one too.</summary>
    private readonly record struct Key(object? Value);

    private sealed class KeyComparer(RenderRun run) : IEqualityComparer<Key>
    {
        public bool Equals(Key x, Key y) => Equality.AreEqual(run, x.Value, y.Value);

        public int GetHashCode(Key key) => Equality.Hash(run, key.Value);
    }
}

/// <summary>items(), keys() and values() of a dictionary.</summary>
internal sealed class DictionaryView(DictionaryValue dictionary, string kind, Func<DictionaryValue, IEnumerable<object?>> items)
{
    public string TypeName => "dict_" + kind;

    public int Count => dictionary.Count;

    public IEnumerable<object?> Items => items(dictionary);
}
