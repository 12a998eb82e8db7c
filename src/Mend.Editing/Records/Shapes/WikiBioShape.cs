namespace Mend.Editing;

/// <summary>KnowEdit's WikiBio: the beginning of a biography, and the true sentence that goes on with it.</summary>
internal sealed class WikiBioShape : IRecordShape
{
    public string Fields => "text, labels, concept";

    public bool Matches(RecordFields record) => record.Has("text") && record.Has("labels") && record.Has("concept");

    public IReadOnlyList<EditDraft> Read(RecordFields record) =>
    [
        new EditDraft(new EditRecord
        {
            Id = record.Id("case_id", "id"),
            Prompt = record.Text("text"),
            Target = record.Text("labels"),
            Locality = UnrelatedPrompts.Of(record, null),
        }),
    ];
}
