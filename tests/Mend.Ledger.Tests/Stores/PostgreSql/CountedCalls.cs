using System.Collections.Concurrent;
using System.Reflection;

namespace Mend.Ledger.Tests;

/// <summary>Counts the calls of a store's methods.</summary>
public class CountedCalls : DispatchProxy
{
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);
    private ILedgerStore? _store;

    public static ILedgerStore On(ILedgerStore store, out CountedCalls calls)
    {
        ILedgerStore counted = Create<ILedgerStore, CountedCalls>();
        calls = (CountedCalls)(object)counted;
        calls._store = store;
        return counted;
    }

    public int Of(string method) => _calls.GetValueOrDefault(method);

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        _calls.AddOrUpdate(targetMethod!.Name, 1, (_, count) => count + 1);
        return targetMethod.Invoke(_store, args);
    }
}
