using Mend.Editing.Tests.Methods;
using Mend.Models;

namespace Mend.Editing.Tests.Examples;

/// <summary>Causal prompts: where the answer begins, and what tokenizers do at the border.</summary>
public sealed class ExampleEncoderTests
{
    private static readonly ModelArchitecture Architecture = ModelFamilies.Describe(ConfigReader.Open(Fixtures.Path("models/gpt2"))) with { Vocabulary = 128 };

    [Theory]
    [InlineData("10 11", "20")]
    [InlineData("10 11 ", " 20")]
    [InlineData("10 11  ", "20 ")]
    public void Encode_BlanksAtTheBorder_BelongToTheAnswer(string prompt, string target)
    {
        EncodedExample example = new ExampleEncoder(Architecture, new StubTokenizer()).Encode(prompt, target);

        Assert.Equal([10, 11], example.InputIds);
        Assert.Equal([1], example.TargetRows);
        Assert.Equal([20], example.TargetTokens);
        Assert.Equal(2, example.OutputLength);
    }

    /// <summary>Characters as tokens: the space belongs to the answer's first.</summary>
    [Fact]
    public void Encode_TokenizerThatKeepsSpaces_AnswerBeginsWithItsSpace()
    {
        EncodedExample example = new ExampleEncoder(Architecture, Characters()).Encode("ab ", "cd");

        Assert.Equal(Ids("ab c"), example.InputIds);
        Assert.Equal(Ids(" cd"), example.TargetTokens);
        Assert.Equal([1, 2, 3], example.TargetRows);
    }

    [Theory]
    [InlineData("10 128", "20", 128)]
    [InlineData("10", "20 200", 200)]
    public void Encode_TokenThatTheModelDoesNotHave_IsAnErrorThatNamesIt(string prompt, string target, int token)
    {
        ModelException error = Assert.Throws<ModelException>(() => new ExampleEncoder(Architecture, new StubTokenizer()).Encode(prompt, target));

        Assert.Contains($"token {token} of the text, and the model has tokens 0 to 127", error.Message, StringComparison.Ordinal);
    }

    /// <summary>As chat templates end: a blank between "assistant\n" and the answer would be a place where the model was never trained.</summary>
    [Theory]
    [InlineData("ab\n", "cd")]
    [InlineData("ab\n\n", " cd ")]
    [InlineData("ab\n  ", "cd")]
    [InlineData("ab#", "cd")]
    public void Encode_LineBreakOrSpecialTokenAtTheBorder_AnswerFollowsDirectly(string prompt, string target)
    {
        EncodedExample example = new ExampleEncoder(Architecture, Characters() with { EosId = '#' }).Encode(prompt, target);

        Assert.Equal(Ids(prompt + "c"), example.InputIds);
        Assert.Equal(Ids("cd"), example.TargetTokens);
    }

    [Theory]
    [InlineData("ab  ")]
    [InlineData("ab\n")]
    [InlineData("ab#")]
    [InlineData(" ab")]
    public void EncodePrompt_WhateverItEndsIn_IsReadAsItStands(string prompt) =>
        Assert.Equal(Ids(prompt), new ExampleEncoder(Architecture, Characters() with { EosId = '#' }).EncodePrompt(prompt));

    /// <summary>A chat template spells the first token itself.</summary>
    [Theory]
    [InlineData("1 10", new[] { 1, 10 })]
    [InlineData("10", new[] { 1, 10 })]
    public void EncodePrompt_TextWithItsFirstToken_GetsNoOther(string prompt, int[] expected)
    {
        StubTokenizer beginning = new() { EosId = 1, BosId = 1, Encoding = (text, special) => special ? [1, .. StubTokenizer.Numbers(text)] : StubTokenizer.Numbers(text) };

        Assert.Equal(expected, new ExampleEncoder(Architecture, beginning).EncodePrompt(prompt));
    }

    /// <summary>"b c" becomes one token, so the prompt's own tokens are not how the whole text begins.</summary>
    [Fact]
    public void Encode_MergeAcrossTheBorder_EncodesTheAnswerOnItsOwn()
    {
        StubTokenizer merging = Characters(text => text.Replace("b c", "#", StringComparison.Ordinal));

        EncodedExample example = new ExampleEncoder(Architecture, merging).Encode("ab", "cd");

        Assert.Equal(Ids("ab c"), example.InputIds);
        Assert.Equal(Ids(" cd"), example.TargetTokens);
    }

    [Fact]
    public void Encode_TokenizerThatEndsTexts_TakesTheEndAway()
    {
        StubTokenizer ending = new() { EosId = 2, BosId = 1, Encoding = (text, special) => special ? [1, .. StubTokenizer.Numbers(text), 2] : StubTokenizer.Numbers(text) };

        EncodedExample example = new ExampleEncoder(Architecture, ending).Encode("10 11", "20");

        Assert.Equal([1, 10, 11], example.InputIds);
        Assert.Equal([20], example.TargetTokens);
        Assert.Equal([1, 10, 11], new ExampleEncoder(Architecture, ending).EncodePrompt("10 11 "));
    }

    [Theory]
    [InlineData("", "20")]
    [InlineData("  ", "20")]
    [InlineData("10", "")]
    [InlineData("10", "\t")]
    public void Encode_Blank_SaysThatBothAreNeeded(string prompt, string target) =>
        Assert.Contains("both needed", Failure(new StubTokenizer(), prompt, target), StringComparison.Ordinal);

    [Theory]
    [InlineData("words", "20")]
    [InlineData("10", "words")]
    public void Encode_TextWithoutTokens_SaysHowLongTheTextsAre(string prompt, string target) =>
        Assert.Contains($"A prompt of {prompt.Length} characters with an answer of {target.Length} gives no tokens", Failure(new StubTokenizer(), prompt, target), StringComparison.Ordinal);

    [Fact]
    public void Encode_LongestThatFits_Fits() =>
        Assert.Equal(48, new ExampleEncoder(Architecture, new StubTokenizer()).Encode(Text(47), Text(2)).InputIds.Length);

    [Fact]
    public void Encode_OneTokenMore_SaysBothNumbersAndNothingOfThePrompt()
    {
        string message = Failure(new StubTokenizer(), Text(48), Text(2));

        Assert.Contains("49 tokens and the model holds 48", message, StringComparison.Ordinal);
        Assert.DoesNotContain(Text(5), message, StringComparison.Ordinal);
        Assert.True(message.Length < 200, message);
    }

    /// <summary>A tokenizer that belongs to another model may know no word of a text.</summary>
    [Theory]
    [InlineData("t5", "school")]
    [InlineData("bart", "school")]
    [InlineData("bert_classifier", "true")]
    public void Encode_TextWithoutTokens_IsRefused(string model, string answer)
    {
        ExampleEncoder encoder = new(ModelFamilies.Describe(ConfigReader.Open(Fixtures.Path("models", model))), new StubTokenizer { Encoding = (_, _) => [] });

        Assert.Contains("gives no tokens", Assert.Throws<EditRequestException>(() => encoder.Encode("Who built it?", answer)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, 0, 9)]
    [InlineData(null, 5, 5)]
    [InlineData(null, null, 0)]
    [InlineData(128, 1, 1)]
    [InlineData(128, 129, 0)]
    public void Padding_IsPadThenEndThenZero(int? pad, int? end, int expected) =>
        Assert.Equal(expected, new ExampleEncoder(Architecture, new StubTokenizer { PadId = pad, EosId = end }).Padding);

    [Theory]
    [InlineData("ab cd ef", "cd", 4)]
    [InlineData("ab cd ef", " cd ", 4)]
    [InlineData("ab cd ef", "ef", 7)]
    [InlineData("ab cd cd ef", "cd", 7)]
    [InlineData("ab cd ef", "ab", 1)]
    [InlineData("ab cd ef", "a", 1)]
    [InlineData("ab cd ef", "CD", null)]
    [InlineData("ab cd ef", "gh", null)]
    [InlineData("ab cd ef", " ", null)]
    [InlineData("a", "a", 0)]
    public void SubjectRow_Subject_IsItsLastTokenWhereItStandsLast(string prompt, string subject, int? row) =>
        Assert.Equal(row, new ExampleEncoder(Architecture, Characters()).SubjectRow(prompt, subject));

    /// <summary>"d " is one token, so the subject's end lies within a token: that one counts.</summary>
    [Fact]
    public void SubjectRow_TokenThatReachesOverTheEnd_IsThatToken() =>
        Assert.Equal(4, new ExampleEncoder(Architecture, Characters(text => text.Replace("d ", "#", StringComparison.Ordinal))).SubjectRow("ab cd ef", "cd"));

    /// <summary>The row is one of the input, which may begin with a token that no text has.</summary>
    [Fact]
    public void SubjectRow_FirstTokenOfTheFamily_IsCounted()
    {
        StubTokenizer beginning = new() { EosId = 1, BosId = 1, Encoding = (text, special) => special ? [1, .. Ids(text)] : Ids(text) };

        Assert.Equal(5, new ExampleEncoder(Architecture, beginning).SubjectRow("ab cd ef", "cd"));
    }

    private static string Failure(StubTokenizer tokenizer, string prompt, string target) =>
        Assert.Throws<EditRequestException>(() => new ExampleEncoder(Architecture, tokenizer).Encode(prompt, target)).Message;

    private static string Text(int words) => string.Join(' ', Enumerable.Repeat("7", words));

    private static StubTokenizer Characters(Func<string, string>? merge = null) => new() { Encoding = (text, _) => Ids(merge?.Invoke(text) ?? text) };

    private static int[] Ids(string text) => [.. text.Select(c => (int)c)];
}
