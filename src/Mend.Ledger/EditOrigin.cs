namespace Mend.Ledger;

/// <summary>Who made a change, why, and what it goes back to: for people, kept with the change and part of nothing that a version means.</summary>
public sealed record EditOrigin
{
    /// <summary>The most characters of each part.</summary>
    public const int MaxLength = 1000;

    /// <summary>Who asked for it, or null.</summary>
    public string? Author { get; init; }

    /// <summary>Why, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>Where it says so: an address, a ticket, a document; or null.</summary>
    public string? Source { get; init; }

    /// <summary>Who approved it before it was made; null where nobody was asked.</summary>
    public string? Approver { get; init; }

    /// <summary>An origin, or null where nothing is known of it.</summary>
    /// <param name="author">See <see cref="Author"/>; blank for null.</param>
    /// <param name="reason">See <see cref="Reason"/>; blank for null.</param>
    /// <param name="source">See <see cref="Source"/>; blank for null.</param>
    /// <param name="approver">See <see cref="Approver"/>; blank for null.</param>
    public static EditOrigin? Of(string? author, string? reason, string? source, string? approver = null)
    {
        EditOrigin origin = new() { Author = Given(author), Reason = Given(reason), Source = Given(source), Approver = Given(approver) };
        return origin == new EditOrigin() ? null : origin;
    }

    /// <summary>Checks the lengths.</summary>
    /// <exception cref="ArgumentException">A part is too long, or holds a lone surrogate.</exception>
    public void Validate()
    {
        foreach ((string name, string? text) in new[] { ("author", Author), ("reason", Reason), ("source", Source), ("approver", Approver) })
        {
            if (text?.Length > MaxLength)
            {
                throw new ArgumentException($"The {name} of an edit has {text.Length} characters; at most {MaxLength} are kept.", name);
            }

            EditLedger.StrictUtf8.GetByteCount(text ?? "");
        }
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
