using System.Text.Json;

namespace Mend.Editing;

/// <summary>
/// Records that say what they mean: this project's ParaRel edits, with lists of rephrases and unrelated prompts, and
/// EasyEdit's flat records, with one of each under other names.
/// </summary>
internal sealed class PlainShape : IRecordShape
{
    public string Fields => "prompt, target_new";

    public bool Matches(RecordFields record) => record.Has("prompt", JsonValueKind.String) && record.Has("target_new", JsonValueKind.String);

    public EditDraft Read(RecordFields record) => new(new EditRecord
    {
        Id = record.Id("case_id", "id"),
        Prompt = record.Text("prompt"),
        Subject = record.Has("subject", JsonValueKind.String) ? record.OptionalText("subject") : null,
        Target = record.Text("target_new"),
        TrueTarget = record.OptionalText("target_true") ?? record.OptionalText("ground_truth"),
        Rephrases = [.. record.Texts("rephrases"), .. record.Texts("rephrase_prompt")],
        Locality = [.. record.Objects("locality").Select(l => new PromptTarget(l.Text("prompt"), l.Text("target"))), .. FlatLocality(record)],
    });

    private static IEnumerable<PromptTarget> FlatLocality(RecordFields record) =>
        record.OptionalText("locality_prompt") is { } prompt ? [new PromptTarget(prompt, record.Text("locality_ground_truth"))] : [];
}
