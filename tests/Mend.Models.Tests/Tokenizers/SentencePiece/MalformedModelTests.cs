using CsCheck;
using Mend.Models.Tokenizers.SentencePiece.Model;
using Mend.Models.Tokenizers;

namespace Mend.Models.Tests.Tokenizers.SentencePiece;

public sealed class MalformedModelTests
{
    private const int Seed = 11;

    /// <summary>A model, and what the error must say.</summary>
    public static TheoryData<byte[], string> Malformed => new()
    {
        { [], "piece 0 of 0" },
        { "version https://git-lfs.github.com/spec/v1"u8.ToArray(), "not a SentencePiece model" },
        { [0x0A, 0x7F], "127 bytes were expected where 0 are left" },
        { [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "wire type" },
        { [0x60, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], "more than 10 bytes" },
        { [0x00], "number 0" },
        { new ModelBuilder(ModelBuilder.Unigram).Piece("a").Build(), "piece 0 of 1" },
        { new ModelBuilder(ModelBuilder.Unigram).Usual().Trainer(40, 3).Build(), "piece 3 of 3" },
        { new ModelBuilder(ModelBuilder.Unigram).Usual().Trainer(40, -1).Build(), "piece -1 of 3" },
        { new ModelBuilder(ModelBuilder.Unigram).Usual().Piece("a").Piece("a").Build(), "piece 4 is 'a'" },
        { new ModelBuilder(ModelBuilder.Unigram).Usual().Piece("").Build(), "piece 3 is ''" },
        { new ModelBuilder(ModelBuilder.Unigram).Usual().Piece("a\0").Build(), "piece 3" },
        { new ModelBuilder(ModelBuilder.Unigram).Usual().Piece("a", float.NaN).Build(), "score NaN" },
        { new ModelBuilder(ModelBuilder.Unigram).Usual().Piece("a", 0, (PieceKind)9).Build(), "type 9" },
        { new ModelBuilder(ModelBuilder.Unigram).Usual().Piece([0xFF], 0, PieceKind.Normal).Build(), "not a SentencePiece model" },
        { new ModelBuilder(ModelBuilder.Unigram).Usual().Rules([1, 2]).Build(), "at least 4" },
        { new ModelBuilder(3).Usual().Piece("a").Build(), "type 3" },
        { new ModelBuilder(ModelBuilder.Unigram).Usual().Piece("a").Trainer(24, 1).Build(), "treat_whitespace_as_suffix" },
        { new ModelBuilder(ModelBuilder.Bpe).Usual().Piece("a", 0, PieceKind.UserDefined).Build(), "user-defined" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Load_MalformedModel_NamesFileAndProblem(byte[] model, string problem)
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "spiece.model");
        File.WriteAllBytes(path, model);

        var error = Assert.Throws<TokenizerException>(() => TokenizerLoader.Load(folder.Path));

        Assert.Equal(path, error.File);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfAnotherName_SaysWhichNamesAreKnown()
    {
        using var folder = new TemporaryFolder().With("pieces.model", "x");

        var error = Assert.Throws<TokenizerException>(() => TokenizerLoader.Load(folder.Path));

        Assert.Contains("spiece.model", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AnyPartDamaged_LoadsOrThrowsTokenizerException()
    {
        var original = Small();
        using var folder = new TemporaryFolder();
        var place = Gen.Int[0, original.Length - 1];
        Gen.Select(Gen.Select(place, Gen.Byte).Array[1, 3], Gen.Frequency<int>((1, place), (2, Gen.Const(original.Length)))).Hold(500, Seed, damage =>
        {
            var bytes = original[..];
            foreach (var (at, value) in damage.Item1)
            {
                bytes[at] = value;
            }

            File.WriteAllBytes(folder["spiece.model"], bytes[..damage.Item2]);
            try
            {
                TokenizerLoader.Load(folder.Path).Encode("the cat é 🚀 123 </s>", addSpecialTokens: true);
            }
            catch (TokenizerException)
            {
                // That is how it is to fail.
            }
        });
    }

    private static byte[] Small() => new ModelBuilder(ModelBuilder.Unigram).Usual()
        .Piece("▁the", -1).Piece("▁", -2).Piece("c", -3).Piece("a", -3).Piece("t", -3).Piece("at", -2.5f).Piece("<x>", 0, PieceKind.UserDefined)
        .Trainer(40, 0).Trainer(41, -1).Trainer(42, 1).Normalizer(3, 1).Normalizer(4, 1).Build();
}
