using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// Two shards read two versions of one number: the ledger lost its tail, another took its place, and one of them still holds to the
/// first. The silo that does says so in its log and stops reading; restarted, it goes on from what is there.
/// </summary>
public sealed class VersionsDifferException : RetryableException
{
    internal VersionsDifferException(long version)
        : base($"Version {version} of this shard is not the one that the shard before it read: the ledger lost entries and was written anew. Restart the silo "
            + "whose log says that the ledger lost its tail, and send the request again.")
    {
    }
}
