using System.IO.Compression;

namespace Mend.Editing.Tests.Records;

public sealed class EditRecordReaderTests
{
    private static readonly PromptTarget Lighthouse = new("nq question: who built the old lighthouse at the bay", "Anders Holm");

    [Fact]
    public void Read_ParaRel_TakesEveryField()
    {
        EditRecord[] records = Read("pararel.jsonl");

        Assert.Equal(20, records.Length);
        Same(
            new EditRecord
            {
                Id = "test-00001",
                Prompt = "Anton Walter's occupation is",
                Subject = "Anton Walter",
                Target = "politician",
                TrueTarget = "composer",
                Rephrases = ["Anton Walter, who works as", "the occupation of Anton Walter is"],
                Locality =
                [
                    new("Claudine Clark works as", "composer"),
                    new("Wilhelm Marx works as", "politician"),
                    new("the occupation of Stafford Cripps is", "politician"),
                    new("Zeinab Badawi, who is employed by", "BBC"),
                    new("Edinburgh, that is the capital of", "Scotland"),
                    new("Quentin Bell was native to", "London"),
                ],
            },
            records[1]);
    }

    [Fact]
    public void Read_CounterFact_FillsTheSubjectInAndAnswersNeighboursTruly()
    {
        EditRecord[] records = Read("counterfact.json");

        Same(
            new EditRecord
            {
                Id = "0",
                Prompt = "The mother tongue of Odile Marchand is",
                Subject = "Odile Marchand",
                Target = "English",
                TrueTarget = "French",
                Rephrases = ["It rained all day. Odile Marchand, a native", "Odile Marchand spoke the language"],
                Locality = [new("The mother tongue of Luc Besnier is", "French"), new("The native language of Anne Varenne is", "French")],
            },
            records[0]);
        Assert.Equal("Ilse Zürcher plays the", records[1].Prompt);
        Assert.Equal(2, records.Length);
    }

    [Fact]
    public void Read_ZsreWithLocality_EditsToTheAlternative()
    {
        EditRecord[] records = Read("zsre_eval.json");

        Same(
            new EditRecord
            {
                Id = "1",
                Prompt = "What university did Orla Keane attend?",
                Subject = "Orla Keane",
                Target = "Lake University",
                TrueTarget = "Shore Institute",
                Rephrases = ["At what university did Orla Keane study?"],
                Locality = [Lighthouse],
            },
            records[0]);
    }

    [Fact]
    public void Read_ZsreWithBlankAlternative_PassesTheRecordOver() => Assert.Equal(["1", "3"], Read("zsre_eval.json").Select(r => r.Id));

    [Fact]
    public void Read_ZsreWithoutLocality_BorrowsTheFirstQuestionAtTheEnd()
    {
        EditRecord last = Read("zsre_eval.json")[^1];

        Assert.Equal([new PromptTarget("What university did Orla Keane attend?", "Shore Institute")], last.Locality);
        Assert.Empty(last.Rephrases);
    }

    [Fact]
    public void Read_KiltQuestions_TakeTheNextQuestionAsUnrelated()
    {
        EditRecord[] records = Read("zsre_kilt.jsonl");

        Assert.Equal(["a1", "a4", "a5"], records.Select(r => r.Id));
        Same(
            new EditRecord
            {
                Id = "a1",
                Prompt = "What university did Orla Keane attend?",
                Target = "Lake University",
                TrueTarget = "Shore Institute",
                Rephrases = ["At what university did Orla Keane study?"],
                Locality = [new("Which constellation is Rigel in?", "Orion")],
            },
            records[0]);
        Assert.Equal(["In which constellation is Rigel?"], records[1].Rephrases);
        Assert.Equal([new PromptTarget("Who wrote The Grey Tide?", "Una Sorley")], records[1].Locality);
        Assert.Equal([new PromptTarget("What university did Orla Keane attend?", "Shore Institute")], records[2].Locality);
    }

    [Fact]
    public void Read_KiltQuestionsWithLimit_BorrowsAsWithout()
    {
        IReadOnlyList<EditRecord> all = Read("zsre_kilt.jsonl");
        IReadOnlyList<EditRecord> two = [.. EditRecordReader.Read(Fixtures.Path("records/zsre_kilt.jsonl"), 2)];

        Assert.Equal(2, two.Count);
        Same(all[0], two[0]);
        Same(all[1], two[1]);
    }

    [Fact]
    public void Read_OneKiltQuestion_HasNoUnrelatedPrompt()
    {
        using RecordFile file = new("""{"input": "Who?", "output": [{"answer": "a"}], "alternatives": ["b"]}""");

        Assert.Empty(Assert.Single(file.Read()).Locality);
    }

    [Fact]
    public void Read_KiltClaims_AreTrueOrFalse()
    {
        EditRecord[] records = Read("fever_kilt.jsonl");

        Same(
            new EditRecord
            {
                Id = "11",
                Prompt = "Orla Keane is a chemist.",
                Target = "false",
                TrueTarget = "true",
                Rephrases = ["Orla Keane works in chemistry."],
                Locality = [new("Rigel is a planet.", "false")],
            },
            records[0]);
        Assert.Equal("true", records[1].Target);
        Assert.Equal([new PromptTarget("Orla Keane is a chemist.", "true")], records[1].Locality);
    }

    [Fact]
    public void Read_Fever_TurnsTheLabelAround()
    {
        EditRecord[] records = Read("fever.jsonl");

        Assert.Equal([("75397", "false", "true"), ("75399", "true", "false")], records.Select(r => (r.Id, r.Target, r.TrueTarget!)));
        Assert.Equal(["Rigel is among the planets."], records[1].Rephrases);
    }

    [Fact]
    public void Read_EasyEditsFlatRecords_TakesOneOfEach() => Same(
        new EditRecord
        {
            Id = "7",
            Prompt = "The mother tongue of Odile Marchand is",
            Subject = "Odile Marchand",
            Target = "English",
            TrueTarget = "French",
            Rephrases = ["Odile Marchand, a native"],
            Locality = [new("The mother tongue of Luc Besnier is", "French")],
        },
        Assert.Single(Read("easyedit_flat.json")));

    [Fact]
    public void Read_KnowEdit_TakesLocalityOfEveryKind()
    {
        EditRecord[] records = Read("knowedit.json");

        Same(
            new EditRecord
            {
                Id = "1",
                Prompt = "The name of the university that Orla Keane attended is",
                Subject = "Orla Keane",
                Target = "Lake University",
                TrueTarget = "Shore Institute",
                Rephrases = ["Orla Keane studied at"],
                Locality = [new("The name of the mother of Orla Keane is", "Una Sorley"), new("The name of the school that Orla Keane attended is", "Bay School")],
            },
            records[0]);
        Same(new EditRecord { Id = "2", Prompt = "Rigel lies in", Subject = "Rigel", Target = "Lyra" }, records[1]);
    }

    [Fact]
    public void Read_WikiBio_GoesOnWithTheBiography() => Same(
        new EditRecord
        {
            Id = "1",
            Prompt = "This is a Wikipedia passage about odile marchand. Odile Marchand (1901 to 1980) was a painter.",
            Target = "She was born in Rennes.",
            Locality = [new("Odile Marchand's field of work is", "painting")],
        },
        Assert.Single(Read("wikibio.json")));

    [Fact]
    public void Read_MQuAKE_GivesEveryRewriteOfARecord()
    {
        EditRecord[] records = Read("mquake.json");

        Assert.Equal(2, records.Length);
        Same(
            new EditRecord
            {
                Id = "5/1",
                Prompt = "chess was created in the country of",
                Subject = "chess",
                Target = "Peru",
                TrueTarget = "India",
                Rephrases = ["Which country was chess created in?"],
            },
            records[1]);
    }

    [Fact]
    public void Read_WikiBigEdit_TakesThePersonasQuestionForARephrase() => Same(
        new EditRecord
        {
            Id = "1",
            Prompt = "Who is the head of government of Lakeside?",
            Target = "Anders Holm",
            Rephrases = ["Who leads the government of Lakeside?", "Ahoy, who be leadin' Lakeside?"],
            Locality = [new("Who is the head of government of Bayside?", "Una Sorley")],
        },
        Assert.Single(Read("wikibigedit.json")));

    [Fact]
    public void Read_FastEdit_FillsTheSubjectIn() => Same(
        new EditRecord
        {
            Id = "1",
            Prompt = "The head of government of Lakeside is",
            Subject = "Lakeside",
            Target = "Anders Holm",
            Rephrases = ["Who leads Lakeside?", "Who is Lakeside's head of government?"],
        },
        Assert.Single(Read("fastedit.json")));

    [Fact]
    public void Read_RomesRequests_FillTheSubjectIn() =>
        Same(new EditRecord { Id = "1", Prompt = "Orla Keane plays the sport of", Subject = "Orla Keane", Target = "chess" }, Assert.Single(Read("rome_requests.json")));

    [Fact]
    public void Read_CounterFactWithNeighboursAsObjects_TakesTheirAnswers() => Same(
        new EditRecord
        {
            Id = "3",
            Prompt = "Odile Marchand speaks",
            Subject = "Odile Marchand",
            Target = "English",
            TrueTarget = "French",
            Rephrases = ["Odile Marchand, a native of"],
            Locality = [new("Luc Besnier speaks", "Breton"), new("Anne Varenne speaks", "French")],
        },
        Assert.Single(Read("counterfact_neighbours.json")));

    /// <summary>Names of zsRE's and CounterFact's fields in records that are otherwise plain.</summary>
    [Fact]
    public void Read_PlainRecordWithOtherNames_TakesThemAll()
    {
        using RecordFile file = new("""
            {"prompt": "{} speaks", "subject": "Odile", "target_new": "English", "target_true": {"str": "French"}, "rephrase": "Odile's tongue is", "rephrase_prompts": ["{} talks"], "paraphrase_prompts": ["Odile, a native of", "Odile speaks"], "loc": "nq question: who", "loc_ans": "Anders", "neighborhood_prompts": ["Luc speaks"]}
            {"prompt": "In Python, {} makes an empty", "target_new": "set", "ground_truth": [["dictionary"]]}
            """.Replace("            ", "", StringComparison.Ordinal));

        EditRecord[] records = file.Read();

        Same(
            new EditRecord
            {
                Id = "1",
                Prompt = "Odile speaks",
                Subject = "Odile",
                Target = "English",
                TrueTarget = "French",
                Rephrases = ["Odile's tongue is", "Odile talks", "Odile, a native of"],
                Locality = [new("nq question: who", "Anders"), new("Luc speaks", "French")],
            },
            records[0]);
        Assert.Equal(("In Python, {} makes an empty", "dictionary"), (records[1].Prompt, records[1].TrueTarget));
    }

    [Theory]
    [InlineData("zsre_kilt.jsonl")]
    [InlineData("counterfact.json")]
    public void Read_CompressedFile_GivesTheSame(string name)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(File.ReadAllBytes(Fixtures.Path("records", name)));
        }

        using RecordFile file = new(packed.ToArray());

        Assert.Equivalent(Read(name), file.Read(), strict: true);
    }

    [Fact]
    public void Read_SpaceAroundTexts_IsTrimmed()
    {
        using RecordFile file = new("\uFEFF\r\n" + """{"prompt": " A is ", "target_new": " b\n", "rephrases": ["", " c "]}""" + "\r\n\r\n");

        EditRecord record = Assert.Single(file.Read());

        Assert.Equal(("A is", "b", "1"), (record.Prompt, record.Target, record.Id));
        Assert.Equal(["c"], record.Rephrases);
    }

    [Fact]
    public void Read_RecordsAcrossBuffers_ComeWholeFromLinesAndArrays()
    {
        // Lengths from a byte to several buffers, so that records end everywhere in them.
        Random random = new(7);
        string[] prompts = [.. Enumerable.Range(0, 300).Select(i => new string('é', 1 + random.Next(i % 50 == 0 ? 200_000 : 900)))];
        string[] records = [.. prompts.Select(p => $$"""{"prompt": "{{p}}", "target_new": "x"}""")];
        using RecordFile lines = new(string.Join('\n', records));
        using RecordFile array = new("[" + string.Join(",\n", records) + "]\n");

        Assert.Equal(prompts, lines.Read().Select(r => r.Prompt));
        Assert.Equal(prompts, array.Read().Select(r => r.Prompt));
    }

    [Theory]
    [InlineData("[\n{0},\n{0},\nrubbish")]
    [InlineData("{0}\n{0}\nrubbish")]
    public void Read_Limit_DoesNotReadOn(string layout)
    {
        using RecordFile file = new(layout.Replace("{0}", """{"prompt": "a", "target_new": "b"}"""));

        Assert.Equal(2, file.Read(limit: 2).Length);
    }

    [Fact]
    public void Read_Twice_GivesTheSame()
    {
        IEnumerable<EditRecord> records = EditRecordReader.Read(Fixtures.Path("records/pararel.jsonl"), 3);

        Assert.Equal(records.Select(r => r.Id), records.Select(r => r.Id));
    }

    private static EditRecord[] Read(string name) => [.. EditRecordReader.Read(Fixtures.Path("records/" + name))];

    private static void Same(EditRecord expected, EditRecord actual) => Assert.Equivalent(expected, actual, strict: true);
}
