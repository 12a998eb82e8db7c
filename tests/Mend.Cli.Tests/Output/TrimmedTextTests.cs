namespace Mend.Cli.Tests;

public sealed class TrimmedTextTests
{
    [Theory]
    [InlineData("Hello.", " ", "Hello", ".", "\n")]
    [InlineData("a b \n\nc", "\n a", " b", " ", "\n\n", "c ", " ")]
    [InlineData("", " ", "\n")]
    public void Add_Pieces_AreShownWithoutTheSpaceAroundThem(string expected, params string[] pieces)
    {
        List<string> shown = [];
        TrimmedText text = new(shown.Add);

        Array.ForEach(pieces, text.Add);

        Assert.Equal(expected, text.Shown);
        Assert.Equal(expected, string.Concat(shown));
    }
}
