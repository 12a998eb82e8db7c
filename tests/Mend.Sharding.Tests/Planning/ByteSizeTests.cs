namespace Mend.Sharding.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("24GB", 24_000_000_000)]
    [InlineData("80 GiB", 80L << 30)]
    [InlineData("512m", 512_000_000)]
    [InlineData("1.5kb", 1500)]
    [InlineData("1000", 1000)]
    public void Parse_Size_GivesBytes(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("GB")]
    [InlineData("-1GB")]
    [InlineData("0")]
    [InlineData("1e3")]
    [InlineData("much")]
    public void Parse_NoSize_GivesNull(string text) => Assert.Null(ByteSize.Parse(text));
}
