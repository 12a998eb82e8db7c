using Mend.Models.Tokenizers;
using Mend.Models.Tokenizers.Json;

namespace Mend.Models.Tests.Tokenizers.PostProcessors;

public sealed class PostProcessorTests
{
    private const string Template = """
        {"type":"TemplateProcessing",
         "single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],
         "pair":[{"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"<s>","type_id":1}},{"Sequence":{"id":"A","type_id":0}}],
         "special_tokens":{"<s>":{"id":"<s>","ids":[1,9],"tokens":["<s>","x"]}}}
        """;

    [Theory]
    [InlineData("""{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]}""", "2 50 51 3", "2 50 51 3 60 3", "0 0 0 0 1 1")]
    [InlineData("""{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",0]}""", "0 50 51 2", "0 50 51 2 2 60 2", "0 0 0 0 0 0 0")]
    [InlineData(Template, "1 9 50 51", "60 1 9 50 51", "1 1 1 0 0")]
    [InlineData("""{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"BertProcessing","sep":["[SEP]",3],"cls":["[CLS]",2]}]}""", "2 50 51 3", "2 50 51 3 60 3", "0 0 0 0 1 1")]
    public void Process_OneTextAndTwo_AddsTheTokens(string json, string single, string pair, string segments)
    {
        var processor = PostProcessorReader.Read(Component.Part(json))!;
        var (first, second) = (new TokenizedPair([50, 51], [0, 0]), new TokenizedPair([60], [0]));

        Assert.Equal(single, string.Join(' ', processor.Process(first, null).Ids));
        Assert.Equal(pair, string.Join(' ', processor.Process(first, second).Ids));
        Assert.Equal(segments, string.Join(' ', processor.Process(first, second).SegmentIds));
    }

    [Fact]
    public void Read_TemplateNamesUnlistedToken_Throws()
    {
        var json = """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<x>","type_id":0}}],"pair":[],"special_tokens":{}}""";

        var error = Assert.Throws<TokenizerException>(() => PostProcessorReader.Read(Component.Part(json)));

        Assert.Contains("<x>", error.Message, StringComparison.Ordinal);
    }
}
