using System.Text.Json;

namespace Mend.Editing;

/// <summary>The unrelated prompts of a record, under all the names that data sets have for them.</summary>
internal static class UnrelatedPrompts
{
    private const string Neighbours = "neighborhood_prompts";

    /// <summary>The prompts with their true answers; prompts whose answer a data set leaves empty are passed over.</summary>
    /// <param name="record">The record.</param>
    /// <param name="trueAnswer">The edited fact's true answer, which CounterFact's neighbours have too; null when the record has none.</param>
    /// <exception cref="EditRecordException">A field is of another kind, or neighbours stand there and no answer.</exception>
    public static IReadOnlyList<PromptTarget> Of(RecordFields record, string? trueAnswer) =>
    [
        .. Listed(record),
        .. One(record, "locality_prompt", "locality_ground_truth"),
        .. One(record, "loc", "loc_ans"),
        .. Around(record, trueAnswer),
    ];

    /// <summary>"locality": a list, or, in KnowEdit, an object of lists.</summary>
    private static IEnumerable<PromptTarget> Listed(RecordFields record) =>
        (record.Has("locality", JsonValueKind.Object) ? record.Object("locality").Lists() : record.Objects("locality")).SelectMany(Entry);

    private static IEnumerable<PromptTarget> Entry(RecordFields entry) => Pair(entry.Text("prompt"), entry.Has("ground_truth") ? entry.OptionalAnswer("ground_truth") : entry.Text("target"));

    private static IEnumerable<PromptTarget> One(RecordFields record, string prompt, string answer) =>
        record.OptionalText(prompt) is { } text ? Pair(text, record.OptionalAnswer(answer)) : [];

    /// <summary>Prompts about other subjects: texts, which share the edited fact's answer, or objects with one of their own.</summary>
    private static IEnumerable<PromptTarget> Around(RecordFields record, string? trueAnswer) => record.HoldsObjects(Neighbours)
        ? record.Objects(Neighbours).SelectMany(n => n.Has("target") || n.Has("ground_truth") ? Entry(n) : Pair(n.Text("prompt"), trueAnswer))
        : record.Texts(Neighbours).Select(prompt => new PromptTarget(prompt, trueAnswer ?? throw record.Place.Error(
            $"'{Neighbours}' has prompts and the record no true answer", "their answer is wanted in target_true or ground_truth, as in CounterFact")));

    private static IEnumerable<PromptTarget> Pair(string prompt, string? answer) => answer is null ? [] : [new PromptTarget(prompt, answer)];
}
