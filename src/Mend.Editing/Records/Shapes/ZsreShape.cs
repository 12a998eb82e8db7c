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
    public EditDraft? Read(RecordFields record)
    {
        string prompt = record.Text("src");
        if (record.Has("alt") && record.OptionalText("alt") is null)
        {
            return null;
        }

        PromptTarget[] locality = Locality(record);
        return new EditDraft(
            new EditRecord
            {
                Id = record.Id("case_id", "id"),
                Prompt = prompt,
                Subject = record.Has("subject", System.Text.Json.JsonValueKind.String) ? record.OptionalText("subject") : null,
                Target = record.Text("alt"),
                TrueTarget = record.Texts("answers").FirstOrDefault(),
                Rephrases = [.. record.Texts("rephrase").Where(r => r != prompt)],
                Locality = locality,
            },
            Borrows: locality.Length == 0);
    }

    private static PromptTarget[] Locality(RecordFields record) =>
        record.OptionalText("loc") is { } prompt && record.OptionalText("loc_ans") is { } answer ? [new PromptTarget(prompt, answer)] : [];
}
