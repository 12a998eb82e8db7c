using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>A shard does not have a draft that it should have: it was restarted, or the draft was left too long. The edit starts over.</summary>
public sealed class DraftLostException : RetryableException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="shard">The shard's index.</param>
    /// <param name="draft">The draft's name.</param>
    public DraftLostException(int shard, string draft)
        : base($"Shard {shard} has lost draft {draft}: it was restarted meanwhile. Nothing was committed; send the edit again.")
    {
    }
}
