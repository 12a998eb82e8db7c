using System.Text;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tests.Tokenizers.Unicode;

public sealed class NormalizationFormsTests
{
    private const int Seed = 15;

    /// <summary>Source, NFC, NFD, NFKC and NFKD, from the Unicode Character Database's NormalizationTest.txt.</summary>
    [Theory]
    [InlineData("\u1E0A", "\u1E0A", "D\u0307", "\u1E0A", "D\u0307")]
    [InlineData("\u1E0A\u0323", "\u1E0C\u0307", "D\u0323\u0307", "\u1E0C\u0307", "D\u0323\u0307")]
    [InlineData("D\u031B\u0307\u0323", "\u1E0C\u031B\u0307", "D\u031B\u0323\u0307", "\u1E0C\u031B\u0307", "D\u031B\u0323\u0307")]
    [InlineData("\u1100\uAC00\u11A8", "\u1100\uAC01", "\u1100\u1100\u1161\u11A8", "\u1100\uAC01", "\u1100\u1100\u1161\u11A8")]
    [InlineData("\uFB01", "\uFB01", "\uFB01", "fi", "fi")]
    [InlineData("\u00BD", "\u00BD", "\u00BD", "1\u20442", "1\u20442")]
    [InlineData("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("\u0344", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301")]
    [InlineData("\uFF21\uFF11", "\uFF21\uFF11", "\uFF21\uFF11", "A1", "A1")]
    [InlineData("\U0001D4B3", "\U0001D4B3", "\U0001D4B3", "X", "X")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("\U0002F800", "\u4E3D", "\u4E3D", "\u4E3D", "\u4E3D")]
    [InlineData("\u3300", "\u3300", "\u3300", "\u30A2\u30D1\u30FC\u30C8", "\u30A2\u30CF\u309A\u30FC\u30C8")]
    [InlineData("\uFDFA", "\uFDFA", "\uFDFA", "صلى الله عليه وسلم", "صلى الله عليه وسلم")]
    [InlineData("\u0061\u0315\u0300\u05AE\u0062", "\u00E0\u05AE\u0315\u0062", "\u0061\u05AE\u0300\u0315\u0062", "\u00E0\u05AE\u0315\u0062", "\u0061\u05AE\u0300\u0315\u0062")]
    public void Normalize_ConformanceCase_GivesAllForms(string source, string c, string d, string kc, string kd)
    {
        Assert.Equal(c, NormalizationForms.Normalize(source, NormalizationForm.FormC));
        Assert.Equal(d, NormalizationForms.Normalize(source, NormalizationForm.FormD));
        Assert.Equal(kc, NormalizationForms.Normalize(source, NormalizationForm.FormKC));
        Assert.Equal(kd, NormalizationForms.Normalize(source, NormalizationForm.FormKD));
    }

    [Fact]
    public void Normalize_RandomTexts_TwiceIsOnce()
    {
        RandomText.Any.Hold(2000, Seed, text =>
        {
            foreach (var form in Enum.GetValues<NormalizationForm>())
            {
                var once = NormalizationForms.Normalize(text, form);
                Assert.Equal(once, NormalizationForms.Normalize(once, form));
            }
        });
    }

    [Fact]
    public void Normalize_UnpairedSurrogate_IsKept() =>
        Assert.Equal("\uD800é", NormalizationForms.Normalize("\uD800e\u0301", NormalizationForm.FormC));

    [Fact]
    public void Normalize_ManyMarks_SortsThemStably()
    {
        var marks = string.Concat(Enumerable.Range(0, 50_000).Select(i => i % 2 == 0 ? "\u0301" : "\u0316"));

        var sorted = NormalizationForms.Normalize("q" + marks, NormalizationForm.FormD);

        Assert.Equal("q" + new string('\u0316', 25_000) + new string('\u0301', 25_000), sorted);
    }
}
