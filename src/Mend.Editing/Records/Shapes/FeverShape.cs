using System.Text.Json;

namespace Mend.Editing;

/// <summary>
/// FEVER's claims (Thorne et al., 2018), to be found true or false: as De Cao et al. (2021) published them and Mitchell et al.
/// (2022) use them (input, output[].answer, alternatives), or FEVER's own records (claim, label). Without an alternative the
/// edit is to the opposite of the label. The next record's claim serves as the unrelated prompt.
/// </summary>
internal sealed class FeverShape : IRecordShape
{
    private const string Supports = "SUPPORTS";
    private const string Refutes = "REFUTES";

    public string Fields => "claim, label";

    public bool Matches(RecordFields record) =>
        (record.Has("claim") && (record.Has("label") || record.Has("output")))
        || (record.Has("input") && record.Has("output", JsonValueKind.Array)
            && record.Objects("output").Any(o => o.Has("answer", JsonValueKind.String) && o.OptionalText("answer") is Supports or Refutes));

    public IReadOnlyList<EditDraft> Read(RecordFields record)
    {
        string claim = record.Text(record.Has("claim") ? "claim" : "input");
        bool? label = Verdict(record, record.Has("label") ? record.Text("label") : KiltShape.Answer(record));
        if (label is not { } truth || Target(record, truth) is not { } target || KiltShape.Rephrases(record, claim) is not { } rephrases)
        {
            return [];
        }

        return
        [
            new EditDraft(
                new EditRecord { Id = record.Id("id"), Prompt = claim, Target = Word(target), TrueTarget = Word(truth), Rephrases = rephrases },
                Borrows: true),
        ];
    }

    /// <summary>The first alternative, or the opposite of the label where the format has none; null when its list is empty.</summary>
    private static bool? Target(RecordFields record, bool truth) => !record.Has("alternatives")
        ? !truth
        : record.Texts("alternatives").FirstOrDefault() is { } alternative ? Verdict(record, alternative) : null;

    /// <summary>Null for "NOT ENOUGH INFO", which is neither true nor false.</summary>
    private static bool? Verdict(RecordFields record, string label) => label switch
    {
        Supports => true,
        Refutes => false,
        "NOT ENOUGH INFO" => null,
        _ => throw record.Place.Error("its label is none of FEVER's", $"{Supports}, {Refutes} or NOT ENOUGH INFO is wanted"),
    };

    private static string Word(bool value) => value ? "true" : "false";
}
