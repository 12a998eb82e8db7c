using System.Text;
using System.Text.Json;

namespace Mend.Editing;

/// <summary>
/// Reads data sets of edits: JSON lines or one JSON array, streamed, also compressed by gzip. The format is recognised by the first record:
/// <list type="bullet">
/// <item>prompt, target_new, rephrases, locality: this project's ParaRel edits, EasyEdit's flat records, KnowEdit, and, with {} in the place
/// of their subject, the requests of ROME and FastEdit;</item>
/// <item>requested_rewrite, paraphrase_prompts, neighborhood_prompts: CounterFact and multi-CounterFact (Meng et al., 2022), MQuAKE;</item>
/// <item>src, alt, answers, rephrase, loc, loc_ans: zsRE as published with ROME and EasyEdit;</item>
/// <item>input, output[].answer, alternatives, filtered_rephrases: zsRE and FEVER as published by De Cao et al. (2021) and used by
/// Mitchell et al. (2022); also FEVER's own claim and label;</item>
/// <item>update, ans: WikiBigEdit; text, labels, concept: KnowEdit's WikiBio.</item>
/// </list>
/// Prompts and answers come trimmed: the text is prompt + " " + answer. Records whose format allows that they hold no edit (no
/// alternative answer, no rephrase, "not enough info") are passed over, as those papers' code does.
/// </summary>
public static class EditRecordReader
{
    private static readonly IReadOnlyList<IRecordShape> Shapes =
        [new CounterFactShape(), new ZsreShape(), new FeverShape(), new KiltShape(), new WikiBigEditShape(), new WikiBioShape(), new PlainShape()];

    /// <summary>Streams the records of a file, in its order. Memory holds a record or two, however long the file is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="limit">Most records to give, at least 1; null means all. The file is not read further.</param>
    /// <returns>The records; enumerating them reads the file, each time anew.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="limit"/> is less than 1.</exception>
    /// <exception cref="EditRecordException">
    /// The file is missing (thrown at once), or its content is not what its format wants (thrown where it is met).
    /// </exception>
    public static IEnumerable<EditRecord> Read(string path, int? limit = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (limit is { } most)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(limit));
        }

        if (!File.Exists(path))
        {
            throw new EditRecordException(
                path, null, null, Directory.Exists(path) ? "this is a folder" : "there is no such file", "name a .json or .jsonl file of edits, which may be compressed (.gz)");
        }

        IEnumerable<EditRecord> records = Complete(Drafts(path, () => JsonRecords.Open(path)));
        return limit is null ? records : records.Take(limit.Value);
    }

    /// <summary>Streams the records of a text, in the formats that files have.</summary>
    /// <param name="text">JSON lines or one JSON array.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="EditRecordException">It is not what its format wants (thrown where it is met).</exception>
    public static IEnumerable<EditRecord> Parse(string text, string name) =>
        Complete(Drafts(name, () => JsonRecords.Open(name, new MemoryStream(Encoding.UTF8.GetBytes(text)))));

    /// <summary>Lends each record that needs one its successor's question; the last one gets the first's.</summary>
    private static IEnumerable<EditRecord> Complete(IEnumerable<EditDraft> drafts)
    {
        EditDraft? first = null;
        EditDraft? waiting = null;
        foreach (EditDraft draft in drafts)
        {
            first ??= draft;
            if (waiting is not null)
            {
                yield return waiting.With(draft);
            }

            // A record that needs no successor is given at once, so that a fault behind the limit is never met.
            waiting = draft.Borrows ? draft : null;
            if (waiting is null)
            {
                yield return draft.Record;
            }
        }

        if (waiting is not null)
        {
            yield return waiting.With(first!);
        }
    }

    private static IEnumerable<EditDraft> Drafts(string path, Func<IJsonRecords> open)
    {
        using IJsonRecords records = open();
        IRecordShape? shape = null;
        bool any = false;
        while (Next(records, ref shape) is { } drafts)
        {
            foreach (EditDraft draft in drafts)
            {
                any = true;
                yield return draft;
            }
        }

        if (!any)
        {
            throw new EditRecordException(
                path,
                null,
                null,
                records.Place.Record == 0 ? "the array is empty" : $"none of its {records.Place.Record} records holds an edit",
                "at least one record with a new answer and, where the format has rephrases, a rephrase is wanted; take another file");
        }
    }

    /// <summary>The edits of the next record; null at the end.</summary>
    private static IReadOnlyList<EditDraft>? Next(IJsonRecords records, ref IRecordShape? shape)
    {
        try
        {
            using JsonDocument? document = records.Next();
            if (document is null)
            {
                return null;
            }

            RecordFields fields = RecordFields.Of(document.RootElement, records.Place);
            shape ??= Recognise(fields);
            return shape.Read(fields);
        }
        catch (InvalidOperationException e)
        {
            throw records.Place.Error("a name in the record holds bytes or escapes that are no Unicode text", "UTF-8 is wanted; convert the file", e);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw records.Place.Error($"the file cannot be read on behind this record ({e.Message})", "a whole file is wanted; fetch it again", e);
        }
    }

    private static IRecordShape Recognise(RecordFields fields) =>
        Shapes.FirstOrDefault(s => s.Matches(fields)) ?? throw fields.Place.Error(
            $"a record with the fields {fields.Names()} is of no known format",
            $"wanted are the fields {string.Join("; or ", Shapes.Select(s => s.Fields))}");
}
