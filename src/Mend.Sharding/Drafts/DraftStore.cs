using System.Diagnostics.CodeAnalysis;
using Mend.Editing;

namespace Mend.Sharding;

/// <summary>What one shard keeps of an edit that is being worked on.</summary>
/// <param name="Factors">Factors of the shard's layers; empty when it owns none of the edit's.</param>
/// <param name="Entering">What entered the first edited stage, where the shard holds that stage.</param>
internal sealed record Draft(IReadOnlyList<EditFactors> Factors, EnteringState? Entering);

/// <summary>
/// Drafts by name, forgotten some time after their last use: a coordinator that died discards nothing. Safe to use from several threads.
/// </summary>
internal sealed class DraftStore(TimeProvider time, TimeSpan keep)
{
    private readonly Dictionary<string, (Draft Draft, long Used)> _drafts = [];
    private readonly Lock _lock = new();

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _drafts.Count;
            }
        }
    }

    public void Keep(string name, Draft draft)
    {
        lock (_lock)
        {
            foreach ((string old, (_, long used)) in _drafts)
            {
                if (time.GetElapsedTime(used) > keep)
                {
                    _drafts.Remove(old);
                }
            }

            _drafts[name] = (draft, time.GetTimestamp());
        }
    }

    public bool TryGet(string name, [NotNullWhen(true)] out Draft? draft)
    {
        lock (_lock)
        {
            bool found = _drafts.TryGetValue(name, out (Draft Draft, long Used) held);
            draft = held.Draft;
            if (found)
            {
                _drafts[name] = (held.Draft, time.GetTimestamp());
            }

            return found;
        }
    }

    public void Discard(IEnumerable<string> names)
    {
        lock (_lock)
        {
            foreach (string name in names)
            {
                _drafts.Remove(name);
            }
        }
    }
}
