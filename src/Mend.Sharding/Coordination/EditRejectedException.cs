namespace Mend.Sharding;

/// <summary>An edit that was looked at before its commit and would not do what it should. Nothing of it was committed.</summary>
public sealed class EditRejectedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which edits, and what is wrong with each.</param>
    public EditRejectedException(string message)
        : base(message)
    {
    }

    /// <summary>Names edits that were rejected.</summary>
    /// <param name="rejected">The edits.</param>
    public static EditRejectedException Of(IReadOnlyList<RejectedEdit> rejected) => new(
        $"Not committed: {string.Join("; ", rejected.Take(3).Select(r => $"\"{r.Prompt}\" -> \"{r.Target}\": {r.Reason}"))}{(rejected.Count > 3 ? $"; and {rejected.Count - 3} more" : "")}. "
        + "Word the prompt or the answer otherwise, give rephrases, or force the edit (--force).");
}
