using System.Text.Json;

namespace Mend.Editing;

/// <summary>
/// Questions in KILT's format with rephrases and alternative answers, as De Cao et al. (2021) published zsRE and Mitchell et al.
/// (2022) use it. The edit is to the first alternative (they draw one at random). Other records serve as unrelated prompts:
/// here the next one.
/// </summary>
internal sealed class KiltShape : IRecordShape
{
    public string Fields => "input, output[].answer, alternatives, filtered_rephrases";

    public bool Matches(RecordFields record) => record.Has("input") && record.Has("output");

    public IReadOnlyList<EditDraft> Read(RecordFields record)
    {
        string prompt = record.Text("input");
        string answer = Answer(record);
        if (!record.Has("alternatives", JsonValueKind.Array))
        {
            throw record.Place.Error(
                "'alternatives' is missing or no list", "a list of other answers to edit to is wanted, as in De Cao et al.'s files, not KILT's own");
        }

        return record.Texts("alternatives").FirstOrDefault() is { } target && Rephrases(record, prompt) is { } rephrases
            ? [new EditDraft(new EditRecord { Id = record.Id("id"), Prompt = prompt, Target = target, TrueTarget = answer, Rephrases = rephrases }, Borrows: true)]
            : [];
    }

    /// <summary>The first answer; provenance without an answer is passed over.</summary>
    public static string Answer(RecordFields record) =>
        record.Objects("output").Select(o => o.OptionalText("answer")).FirstOrDefault(a => a is not null)
        ?? throw record.Place.Error("'output' holds no answer", "a list of objects with the field 'answer' is wanted");

    /// <summary>
    /// The rephrases that the authors' filter left, else all, without the prompt itself; null when the record has a list of
    /// them and nothing is left in it.
    /// </summary>
    public static IReadOnlyList<string>? Rephrases(RecordFields record, string prompt)
    {
        string name = record.Has("filtered_rephrases") ? "filtered_rephrases" : "rephrases";
        string[] rephrases = [.. record.Texts(name).Where(r => r != prompt)];
        return rephrases.Length == 0 && record.Has(name) ? null : rephrases;
    }
}
