namespace Mend.Editing;

/// <summary>One record as its format gives it.</summary>
/// <param name="Record">The edit.</param>
/// <param name="Borrows">Whether the format knows no unrelated prompts, so that the next record's question has to serve.</param>
internal sealed record EditDraft(EditRecord Record, bool Borrows = false)
{
    /// <summary>The record with the next one's question as its unrelated prompt, where it needs one.</summary>
    /// <param name="next">The record that follows, or the first one after the last.</param>
    public EditRecord With(EditDraft next) =>
        Borrows && next.Record.TrueTarget is { } answer && next.Record.Prompt != Record.Prompt
            ? Record with { Locality = [new PromptTarget(next.Record.Prompt, answer)] }
            : Record;
}
