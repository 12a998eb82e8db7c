using System.IO.Compression;
using System.Text;

namespace Mend.Editing.Tests.Records;

public sealed class EditRecordErrorTests
{
    private const string Good = """{"prompt": "a", "target_new": "b"}""";

    [Theory]
    [InlineData("", null, null, "the file is empty", "one JSON object a line")]
    [InlineData(" \n\t ", null, null, "the file is empty", "one JSON object a line")]
    [InlineData("[]", null, null, "the array is empty", "at least one record")]
    [InlineData("prompt,target\n", null, 1L, "starts with 'p'", "one JSON object a line")]
    [InlineData("""{"question": "a", "answer": "b"}""", 1L, 1L, "fields question, answer is of no known format", "requested_rewrite")]
    [InlineData("{}", 1L, 1L, "fields (none)", "src, alt, answers")]
    [InlineData("[3]", 1L, 1L, "the record is the number 3", "a JSON object")]
    [InlineData("[[]]", 1L, 1L, "the record is a list", "a JSON object")]
    [InlineData("[\n" + Good + ",\n" + Good + "\n,\n\n{\"prompt\":\n\"a\"}]", 3L, 6L, "'target_new' is missing", "a string is wanted")]
    [InlineData("""{"prompt": "a", "target_new": 1947}""", 1L, 1L, "'target_new' holds the number 1947", "a string is wanted")]
    [InlineData("""{"prompt": "a", "target_new": true}""", 1L, 1L, "'target_new' holds true", "a string is wanted")]
    [InlineData("""{"prompt": "a", "target_new": ["b"]}""", 1L, 1L, "'target_new' holds a list", "a string is wanted")]
    [InlineData("""{"prompt": "a", "target_new": {"id": "Q1"}}""", 1L, 1L, "'target_new.str' is missing", "a string is wanted")]
    [InlineData("""{"prompt": "{} a", "subject": 3, "target_new": "b"}""", 1L, 1L, "'subject' holds the number 3", "a string is wanted")]
    [InlineData("""{"prompt": "a", "target_new": "b", "neighborhood_prompts": ["c"]}""", 1L, 1L, "the record no true answer", "target_true or ground_truth")]
    [InlineData("""{"prompt": "a", "target_new": "b", "locality": {"Forgetfulness": "c"}}""", 1L, 1L, "'locality.Forgetfulness' holds a string", "a list is wanted")]
    [InlineData("""{"prompt": "a", "target_new": "b", "ground_truth": 3}""", 1L, 1L, "'ground_truth' holds the number 3", "a string is wanted")]
    [InlineData("""{"requested_rewrite": [{"prompt": "a", "subject": "b"}]}""", 1L, 1L, "'requested_rewrite.prompt' has no {}", "in the subject's place")]
    [InlineData("""{"\ud800": 1, "prompt": "a", "target_new": "b"}""", 1L, 1L, "no Unicode text", "UTF-8 is wanted")]
    [InlineData("{\n  \"prompt\": \"a\"\n}", 1L, 1L, "not valid JSON", "one whole JSON object a line")]
    [InlineData(Good + "\n\n" + """{"prompt": "a"}""", 2L, 3L, "'target_new' is missing", "a string is wanted; the record has the fields prompt")]
    [InlineData(Good + "\n" + """{"prompt": " ", "target_new": "b"}""", 2L, 2L, "'prompt' is blank", "text is wanted")]
    [InlineData(Good + "\n" + """{"prompt": 5, "target_new": "b"}""", 2L, 2L, "'prompt' holds the number 5", "a string is wanted")]
    [InlineData("""{"prompt": "a", "target_new": "b", "rephrases": {}}""", 1L, 1L, "'rephrases' holds an object", "a list is wanted")]
    [InlineData("""{"prompt": "a", "target_new": "b", "rephrases": [null]}""", 1L, 1L, "'rephrases' holds null", "a string is wanted")]
    [InlineData("""{"prompt": "a", "target_new": "b", "locality": ["c"]}""", 1L, 1L, "'locality' holds a string", "an object is wanted")]
    [InlineData("""{"prompt": "a", "target_new": "b", "locality": [{"prompt": "c"}]}""", 1L, 1L, "'locality.target' is missing", "a string")]
    [InlineData("""{"prompt": "a", "target_new": "\ud800"}""", 1L, 1L, "'target_new' holds bytes or escapes", "UTF-8 is wanted")]
    [InlineData("[" + Good + ",\n{\"prompt\": \"a\"", 2L, 2L, "not valid JSON here", "fetch the file again")]
    [InlineData("[" + Good, 2L, 1L, "not valid JSON here", "fetch the file again")]
    [InlineData("[" + Good + "] x", 2L, 1L, "not valid JSON here", "one JSON array")]
    [InlineData("""{"requested_rewrite": {"prompt": "a", "subject": "b"}}""", 1L, 1L, "'requested_rewrite.prompt' has no {}", "in the subject's place")]
    [InlineData("""{"requested_rewrite": {"prompt": "{} a", "subject": "b", "target_true": {"str": 1}}}""", 1L, 1L, "'requested_rewrite.target_true.str' holds the number 1", "a string")]
    [InlineData("""{"requested_rewrite": {"prompt": "{} a", "subject": "b"}}""", 1L, 1L, "'requested_rewrite.target_true' is missing", "a string is wanted")]
    [InlineData("""{"src": "a", "alt": "b", "rephrase": 1}""", 1L, 1L, "'rephrase' holds the number 1", "a list")]
    [InlineData("""{"input": "a", "output": [{}], "alternatives": ["b"]}""", 1L, 1L, "'output' holds no answer", "'answer'")]
    [InlineData("""{"input": "a", "output": [{"answer": "b"}]}""", 1L, 1L, "'alternatives' is missing or no list", "De Cao")]
    [InlineData("""{"input": "a", "output": [{"answer": "b"}], "alternatives": []}""", null, null, "none of its 1 records holds an edit", "take another file")]
    [InlineData("""{"claim": "a", "label": "MAYBE"}""", 1L, 1L, "its label is none of FEVER's", "SUPPORTS, REFUTES")]
    public void Read_BadFile_NamesPlaceFoundAndWanted(string content, long? record, long? line, string found, string wanted)
    {
        using RecordFile file = new(Encoding.Latin1.GetBytes(content));

        EditRecordException error = Assert.Throws<EditRecordException>(() => file.Read());

        Assert.Equal((record, line), (error.Record, error.Line));
        Assert.Contains(found, error.Found, StringComparison.Ordinal);
        Assert.Contains(wanted, error.Wanted, StringComparison.Ordinal);
        Assert.Contains(file.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_InvalidUtf8_NamesTheField()
    {
        using RecordFile file = new([.. """{"prompt": "a", "target_new": " """u8, 0xE9, .. "\"}"u8]);

        Assert.Contains("'target_new'", Assert.Throws<EditRecordException>(() => file.Read()).Found, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(40)]
    [InlineData(-60)]
    public void Read_CompressedFileThatIsCutOff_SaysSo(int length)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(string.Join('\n', Enumerable.Range(0, 400).Select(i => $$"""{"prompt": "a {{i * 7919}}", "target_new": "b"}"""))));
        }

        using RecordFile file = new(packed.ToArray()[..(length < 0 ? ^-length : length)]);

        EditRecordException error = Assert.Throws<EditRecordException>(() => file.Read());

        Assert.Contains(file.Path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BinaryFile_NamesItsFirstByte()
    {
        EditRecordException error = Assert.Throws<EditRecordException>(
            () => EditRecordReader.Read(Fixtures.Path("models/gpt2/model.safetensors")).Count());

        Assert.Contains("the file starts with", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('{')]
    [InlineData('[')]
    public void Read_EndlessRecord_StopsEarly(char first)
    {
        byte[] content = new byte[(2 * RecordBuffer.MaxRecordBytes) + 9];
        Array.Fill(content, (byte)' ');
        content[0] = (byte)first;
        content[1] = (byte)(first == '[' ? '"' : ' ');
        using RecordFile file = new(content);

        Assert.Contains("longer than", Assert.Throws<EditRecordException>(() => file.Read()).Found, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingFile_ThrowsAtOnce()
    {
        EditRecordException error = Assert.Throws<EditRecordException>(() => EditRecordReader.Read("no/such/file.json"));

        Assert.Equal("'no/such/file.json': there is no such file; name a .json or .jsonl file of edits, which may be compressed (.gz).", error.Message);
    }

    [Fact]
    public void Read_Folder_ThrowsAtOnce() => Assert.Contains(
        "this is a folder", Assert.Throws<EditRecordException>(() => EditRecordReader.Read(Fixtures.Path("records"))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Read_LimitBelowOne_ThrowsAtOnce(int limit) =>
        Assert.Throws<ArgumentOutOfRangeException>("limit", () => EditRecordReader.Read(Fixtures.Path("records/fever.jsonl"), limit));

    [Fact]
    public void Message_RecordAndLine_NamesBoth() => Assert.Equal(
        "'f', record 2 (line 3): found; wanted.", new EditRecordException("f", 2, 3, "found", "wanted").Message);
}
