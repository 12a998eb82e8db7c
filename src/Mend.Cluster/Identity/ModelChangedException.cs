using Mend.Ledger;

namespace Mend.Cluster;

/// <summary>A request was made for another plan of the model than a silo serves: silos differ, or were restarted with other settings. Once they agree, it can be made anew.</summary>
/// <param name="message">What differs, and what to do.</param>
public sealed class ModelChangedException(string message) : RetryableException(message);
