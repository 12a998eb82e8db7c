namespace Mend.Editing;

/// <summary>The prompt of a record and its other wordings, under all the names that data sets have for them.</summary>
internal static class Wordings
{
    /// <summary>What stands in the subject's place in the templates of ROME and of those who follow it.</summary>
    private const string Hole = "{}";

    private static readonly string[] Names = ["rephrases", "rephrase", "rephrase_prompt", "rephrase_prompts", "paraphrase_prompts", "queries"];

    /// <summary>Other wordings of the prompt, each once, without the prompt itself.</summary>
    /// <param name="record">The record.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="edit">The part of the record that names the subject; null for the record itself.</param>
    public static IReadOnlyList<string> Of(RecordFields record, string prompt, RecordFields? edit = null) =>
        [.. Names.SelectMany(name => record.Texts(name)).Select(text => Filled(edit ?? record, text)).Where(text => text != prompt).Distinct()];

    /// <summary>A text with the subject in the place that it has for one; unchanged where the record names no subject, as {} may be part of a text.</summary>
    /// <param name="record">The record, with the field "subject".</param>
    /// <param name="text">The text.</param>
    public static string Filled(RecordFields record, string text) =>
        text.Contains(Hole, StringComparison.Ordinal) && record.OptionalText("subject") is { } subject ? text.Replace(Hole, subject, StringComparison.Ordinal).Trim() : text;

    /// <summary>What a prompt is about: the field "subject", where it is text that stands in the prompt; else null.</summary>
    /// <param name="record">The record, or the part of it that names the subject.</param>
    /// <param name="prompt">The prompt.</param>
    public static string? Subject(RecordFields record, string prompt) =>
        record.Has("subject", System.Text.Json.JsonValueKind.String) && record.OptionalText("subject") is { } subject && prompt.Contains(subject, StringComparison.Ordinal) ? subject : null;

    /// <summary>A template with the subject filled in; both must be there.</summary>
    /// <param name="rewrite">An object with the fields "prompt" and "subject".</param>
    /// <exception cref="EditRecordException">One is missing, or the template has no place for the subject.</exception>
    public static string Template(RecordFields rewrite)
    {
        string template = rewrite.Text("prompt");
        return template.Contains(Hole, StringComparison.Ordinal)
            ? template.Replace(Hole, rewrite.Text("subject"), StringComparison.Ordinal).Trim()
            : throw rewrite.Place.Error($"'{rewrite.NameOf("prompt")}' has no {Hole}", "a template with {} in the subject's place is wanted");
    }
}
