using Mend.Editing;
using Mend.Models;

namespace Mend.Sharding.Tests.Training;

/// <summary>Inputs and labels of each task, as the recorded batches have them (see ReferenceBatch, which reads those).</summary>
public sealed class ExampleEncoderTests
{
    [Theory]
    [InlineData("t5")]
    [InlineData("t5_v1_1")]
    public void Encode_T5_DecoderStartsWithPaddingAndAnswerEndsTheSequence(string name)
    {
        EncodedExample example = Encoder(name).Encode("10 11", "20 21");

        Assert.Equal([10, 11, 1], example.InputIds);
        Assert.Equal([0, 20, 21], example.DecoderIds ?? []);
        Assert.Equal([20, 21, 1], example.TargetTokens);
        Assert.Equal([0, 1, 2], example.TargetRows);
    }

    [Fact]
    public void Encode_Bart_EndOfSequenceStandsWhereTheAnswerBegins()
    {
        EncodedExample example = Encoder("bart").Encode("10 11", "20 21");

        // Recorded: inputs and labels </s> 20 21 </s>, shifted against each other by the loss. The last input predicts nothing.
        Assert.Equal([0, 10, 11, 2], example.InputIds);
        Assert.Equal([2, 20, 21], example.DecoderIds ?? []);
        Assert.Equal([20, 21, 2], example.TargetTokens);
        Assert.Equal([0, 1, 2], example.TargetRows);
    }

    [Theory]
    [InlineData("true", 1)]
    [InlineData("REFUTES", 0)]
    public void Encode_Bert_IsOneRowAndOneBit(string answer, int bit)
    {
        EncodedExample example = Encoder("bert_classifier").Encode("10 11", answer);

        Assert.Equal([2, 10, 11, 3], example.InputIds);
        Assert.Null(example.DecoderIds);
        Assert.Equal([0], example.TargetRows);
        Assert.Equal([bit], example.TargetTokens);
    }

    [Fact]
    public void Encode_Bert_OtherAnswersAreRefused() =>
        Assert.Throws<EditRequestException>(() => Encoder("bert_classifier").Encode("10 11", "perhaps"));

    [Theory]
    [InlineData("gpt2", new[] { 10, 11, 20 }, 1)]
    [InlineData("llama", new[] { 1, 10, 11, 20 }, 2)]
    public void Encode_Causal_AnswerFollowsThePrompt(string name, int[] inputs, int firstRow)
    {
        EncodedExample example = Encoder(name).Encode("10 11", "20 21");

        Assert.Equal(inputs, example.InputIds);
        Assert.Equal([20, 21], example.TargetTokens);
        Assert.Equal([firstRow, firstRow + 1], example.TargetRows);
    }

    [Fact]
    public void Encode_AnswerLongerThanTheDecoder_SaysWhatToShorten()
    {
        string long48 = string.Join(' ', Enumerable.Repeat("7", 48));

        EditRequestException error = Assert.Throws<EditRequestException>(() => Encoder("bart").Encode("10 11", long48));

        Assert.Contains("48", error.Message, StringComparison.Ordinal);
    }

    private static ExampleEncoder Encoder(string name) =>
        new(ModelFamilies.Describe(ConfigReader.Open(ModelFixtures.Folder(name))), NumberTokenizer.Of(name));
}
