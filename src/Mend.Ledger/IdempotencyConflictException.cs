namespace Mend.Ledger;

/// <summary>An idempotency key or edit id came back with another request than the one it was committed for.</summary>
public sealed class IdempotencyConflictException : LedgerException
{
    internal IdempotencyConflictException(string key, bool isEditId, ModelVersion version, string difference)
        : base($"{(isEditId ? "Edit id" : "Idempotency key")} '{key}' was used for another request, committed as version {version}: {difference} " +
            $"Send the same request again, or use a new {(isEditId ? "edit id" : "key")}.")
    {
        Key = key;
        IsEditId = isEditId;
        Version = version;
    }

    /// <summary>The key or edit id.</summary>
    public string Key { get; }

    /// <summary>Whether <see cref="Key"/> is an edit id (else an idempotency key).</summary>
    public bool IsEditId { get; }

    /// <summary>The version the first request was committed as.</summary>
    public ModelVersion Version { get; }
}
