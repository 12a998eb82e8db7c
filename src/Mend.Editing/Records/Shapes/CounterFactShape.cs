using System.Text.Json;

namespace Mend.Editing;

/// <summary>
/// CounterFact and multi-CounterFact (Meng et al., 2022 and 2023), and MQuAKE (Zhong et al., 2023), whose records hold several rewrites,
/// each with a question that asks the same. Neighbourhood prompts ask the same of other subjects whose answer is the edited fact's true
/// one, so they are the unrelated prompts, with that answer. MQuAKE's questions over several facts are not used.
/// </summary>
internal sealed class CounterFactShape : IRecordShape
{
    private const string Rewrite = "requested_rewrite";

    public string Fields => "requested_rewrite, paraphrase_prompts, neighborhood_prompts";

    public bool Matches(RecordFields record) => record.Has(Rewrite);

    public IReadOnlyList<EditDraft> Read(RecordFields record)
    {
        string id = record.Id("case_id");
        IReadOnlyList<RecordFields> rewrites = record.Has(Rewrite, JsonValueKind.Array) ? record.Objects(Rewrite) : [record.Object(Rewrite)];
        return [.. rewrites.Select((rewrite, i) => new EditDraft(Read(record, rewrite, rewrites.Count == 1 ? id : $"{id}/{i}")))];
    }

    private static EditRecord Read(RecordFields record, RecordFields rewrite, string id)
    {
        string prompt = Wordings.Template(rewrite);
        string answer = rewrite.Answer("target_true");
        return new EditRecord
        {
            Id = id,
            Prompt = prompt,
            Subject = Wordings.Subject(rewrite, prompt),
            Target = rewrite.Answer("target_new"),
            TrueTarget = answer,
            Rephrases = [.. rewrite.Texts("question"), .. Wordings.Of(record, prompt, rewrite)],
            Locality = UnrelatedPrompts.Of(record, answer),
        };
    }
}
