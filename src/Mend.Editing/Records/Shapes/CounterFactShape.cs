using System.Text.Json;

namespace Mend.Editing;

/// <summary>
/// CounterFact and multi-CounterFact (Meng et al., 2022 and 2023). Neighbourhood prompts ask the same of other subjects whose
/// answer is the edited fact's true one, so they are the unrelated prompts, with that answer.
/// </summary>
internal sealed class CounterFactShape : IRecordShape
{
    private const string Hole = "{}";

    public string Fields => "requested_rewrite, paraphrase_prompts, neighborhood_prompts";

    public bool Matches(RecordFields record) => record.Has("requested_rewrite");

    public EditDraft Read(RecordFields record)
    {
        RecordFields rewrite = record.Object("requested_rewrite");
        string template = rewrite.Text("prompt");
        if (!template.Contains(Hole, StringComparison.Ordinal))
        {
            throw record.Place.Error("'requested_rewrite.prompt' has no {}", "a template with {} in the subject's place is wanted");
        }

        string answer = Answer(rewrite, "target_true");
        return new EditDraft(new EditRecord
        {
            Id = record.Id("case_id"),
            Prompt = template.Replace(Hole, rewrite.Text("subject"), StringComparison.Ordinal).Trim(),
            Subject = rewrite.Text("subject"),
            Target = Answer(rewrite, "target_new"),
            TrueTarget = answer,
            Rephrases = record.Texts("paraphrase_prompts"),
            Locality = [.. record.Texts("neighborhood_prompts").Select(prompt => new PromptTarget(prompt, answer))],
        });
    }

    /// <summary>An answer with its Wikidata id, or, in some copies of the data set, alone.</summary>
    private static string Answer(RecordFields rewrite, string name) =>
        rewrite.Has(name, JsonValueKind.String) ? rewrite.Text(name) : rewrite.Object(name).Text("str");
}
