namespace Mend.Editing;

/// <summary>
/// Records that say what they mean: this project's ParaRel edits, EasyEdit's flat records and KnowEdit (Zhang et al., 2024), ROME's
/// requests and FastEdit's, with rephrases and unrelated prompts under any of their names, and {} in the place of a subject.
/// </summary>
internal sealed class PlainShape : IRecordShape
{
    public string Fields => "prompt, target_new";

    public bool Matches(RecordFields record) => record.Has("prompt") && (record.Has("target_new") || record.Has("target"));

    public IReadOnlyList<EditDraft> Read(RecordFields record)
    {
        string prompt = Wordings.Filled(record, record.Text("prompt"));
        string? answer = record.Has("target_true") ? record.Answer("target_true") : record.OptionalAnswer("ground_truth");
        return
        [
            new EditDraft(new EditRecord
            {
                Id = record.Id("case_id", "id"),
                Prompt = prompt,
                Subject = Wordings.Subject(record, prompt),
                Target = record.Answer(record.Has("target") && !record.Has("target_new") ? "target" : "target_new"),
                TrueTarget = answer,
                Rephrases = Wordings.Of(record, prompt),
                Locality = UnrelatedPrompts.Of(record, answer),
            }),
        ];
    }
}
