namespace Mend.Editing.Tests.Editors;

public sealed class EditorOptionsTests
{
    public static TheoryData<EditorOptions, string> Wrong => new()
    {
        { new EditorOptions { Rank = 0 }, "Rank" },
        { new EditorOptions { HiddenLayers = -1 }, "HiddenLayers" },
        { new EditorOptions { Whitening = -1 }, "Whitening" },
        { new EditorOptions { WhiteningRidge = 0 }, "WhiteningRidge" },
        { new EditorOptions { Confidence = -0.1f }, "Confidence" },
        { new EditorOptions { Confidence = 1f }, "Confidence" },
        { new EditorOptions { Normalize = false }, "Whitening needs Normalize" },
        { new EditorOptions { Sides = EditorSides.Input }, "Combine = false" },
    };

    [Fact]
    public void Defaults_AreWhatTrainsBest()
    {
        EditorOptions options = new();

        Assert.Equal(
            (128, 1, true, true, EditorSides.Both, true),
            (options.Rank, options.HiddenLayers, options.Shared, options.Combine, options.Sides, options.Normalize));
        Assert.Equal((3, 0.01f, 0.5f, true, 0.98f), (options.Whitening, options.WhiteningRidge, options.LengthExponent, options.AnswerRowsOnly, options.Confidence));
        Assert.Equal((EditorInit.Identity, 0.03f, -0.05f), (options.Init, options.InitScale, options.InitialStep));
        options.Validate();
    }

    [Fact]
    public void Paper_IsTheAuthorsConfiguration()
    {
        EditorOptions paper = EditorOptions.Paper;

        Assert.Equal(
            new EditorOptions { Rank = 1920, InitScale = 1f, InitialStep = 1e-4f, Whitening = 0, LengthExponent = 0, AnswerRowsOnly = false, Confidence = 0 },
            paper);
        paper.Validate();
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Validate_WrongValue_NamesIt(EditorOptions options, string named) =>
        Assert.Contains(named, Assert.ThrowsAny<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
}
