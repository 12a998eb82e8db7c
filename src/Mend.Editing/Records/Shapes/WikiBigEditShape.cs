namespace Mend.Editing;

/// <summary>
/// WikiBigEdit (Thede et al., 2025): questions about facts that changed in Wikidata, with a rephrase, one in a persona's words, and an
/// unrelated question. Its questions over two facts are not used.
/// </summary>
internal sealed class WikiBigEditShape : IRecordShape
{
    public string Fields => "update, ans, rephrase, loc, loc_ans";

    public bool Matches(RecordFields record) => record.Has("update") && record.Has("ans");

    public IReadOnlyList<EditDraft> Read(RecordFields record)
    {
        string prompt = record.Text("update");
        return
        [
            new EditDraft(new EditRecord
            {
                Id = record.Id("case_id", "id"),
                Prompt = prompt,
                Target = record.Text("ans"),
                Rephrases = [.. Wordings.Of(record, prompt), .. record.Texts("personas")],
                Locality = UnrelatedPrompts.Of(record, null),
            }),
        ];
    }
}
