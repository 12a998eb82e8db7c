namespace Mend.Ledger.Tests;

public sealed class ValueTypeTests
{
    [Fact]
    public void Options_Defaults_ArePinned() => Assert.Equal(TimeSpan.FromHours(1), new EditLedgerOptions().GracePeriod);

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("../up")]
    [InlineData("a.b")]
    public void EditId_NotAFileNameEverywhere_Refused(string text) => Assert.ThrowsAny<ArgumentException>(() => new EditId(text));

    [Fact]
    public void EditId_TooLong_Refused() => Assert.Throws<ArgumentException>(() => new EditId(new string('a', EditId.MaxLength + 1)));

    [Fact]
    public void EditId_Default_HasNoValue() => Assert.Throws<InvalidOperationException>(() => default(EditId).Value);

    [Fact]
    public void ModelVersion_Negative_Refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new ModelVersion(-1));

    [Fact]
    public void ModelVersion_Order_IsThatOfTheNumbers()
    {
        Assert.True(ModelVersion.Base < ModelVersion.Base.Next);
        Assert.Equal(default, ModelVersion.Base);
    }

    [Fact]
    public void Sha256Digest_RoundTrip_Same()
    {
        Sha256Digest digest = Sha256Digest.Of("abc"u8);

        Assert.Equal("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", digest.ToString());
        Assert.True(Sha256Digest.TryParse(digest.ToString(), out Sha256Digest parsed));
        Assert.Equal(digest, parsed);
        Assert.False(Sha256Digest.TryParse("sha256:00", out _));
    }
}
