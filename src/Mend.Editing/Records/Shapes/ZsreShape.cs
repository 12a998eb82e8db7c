namespace Mend.Editing;

/// <summary>
/// zsRE's questions (Levy et al., 2017) as published with ROME and EasyEdit, made from De Cao et al.'s. The edit is to the
/// alternative answer "alt", as Mitchell et al. and EasyEdit do it; ROME edits to answers[0], which stands in TrueTarget here.
/// Unrelated prompts keep their prefix "nq question: ", which belongs to what the models were tuned on.
/// </summary>
internal sealed class ZsreShape : IRecordShape
{
    public string Fields => "src, alt, answers, rephrase, loc, loc_ans";

    public bool Matches(RecordFields record) => record.Has("src") && record.Has("alt");

    /// <summary>Some published records have a blank alternative: they hold no edit.</summary>
    public IReadOnlyList<EditDraft> Read(RecordFields record)
    {
        string prompt = record.Text("src");
        if (record.Has("alt") && record.OptionalText("alt") is null)
        {
            return [];
        }

        string? answer = record.Texts("answers").FirstOrDefault();
        IReadOnlyList<PromptTarget> locality = UnrelatedPrompts.Of(record, answer);
        return
        [
            new EditDraft(
                new EditRecord
                {
                    Id = record.Id("case_id", "id"),
                    Prompt = prompt,
                    Subject = Wordings.Subject(record, prompt),
                    Target = record.Text("alt"),
                    TrueTarget = answer,
                    Rephrases = Wordings.Of(record, prompt),
                    Locality = locality,
                },
                Borrows: locality.Count == 0),
        ];
    }
}
