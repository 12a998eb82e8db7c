namespace Mend.Sharding;

/// <summary>An answer broke off after part of its text was shown. Asking again gives it from the beginning.</summary>
/// <param name="cause">Why.</param>
public sealed class InterruptedAnswerException(Exception cause) : Exception($"The answer broke off: {cause.Message} Ask again.", cause);
