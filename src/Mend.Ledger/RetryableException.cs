namespace Mend.Ledger;

/// <summary>Nothing is wrong with the request: the same one, sent again with the same key, can succeed. A silo was lost, say, or is busy.</summary>
public class RetryableException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, and when to send the request again.</param>
    /// <param name="inner">The cause, or null.</param>
    public RetryableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
