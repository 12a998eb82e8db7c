using System.Collections.Concurrent;

namespace Mend.Cluster;

/// <summary>The watched calls that this silo works on. Safe to use from several threads.</summary>
internal sealed class RunningCalls : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<Guid, bool> _calls = [];

    public bool Contains(Guid call) => _calls.ContainsKey(call);

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (RequestContext.Get(CallWatch.Key) is not Guid call)
        {
            await context.Invoke();
            return;
        }

        // The calls that this one makes have names of their own.
        RequestContext.Remove(CallWatch.Key);
        _calls[call] = true;
        try
        {
            await context.Invoke();
        }
        finally
        {
            _calls.TryRemove(call, out _);
        }
    }
}
