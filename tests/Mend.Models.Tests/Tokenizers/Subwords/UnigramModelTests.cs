using CsCheck;
using Mend.Models.Tokenizers;
using Mend.Models.Tokenizers.Subwords.Unigram;

namespace Mend.Models.Tests.Tokenizers.Subwords;

public sealed class UnigramModelTests
{
    private const int Seed = 11;

    [Fact]
    public void Encode_RandomVocabularies_FindsTheBestOfAllSpellings()
    {
        Gen.Select(Word(1, 9), Gen.Select(Word(2, 4), Gen.Double[-10, 0]).Array[8]).Hold(300, Seed, input =>
        {
            var (word, random) = input;
            var pieces = new Dictionary<string, double> { ["<unk>"] = 0, ["a"] = -3, ["b"] = -3.5 };
            foreach (var (piece, score) in random)
            {
                pieces[piece] = score;
            }

            var (model, scores) = Model(pieces);
            var ids = new List<int>();
            model.Encode(word, ids);

            Assert.Equal(word, string.Concat(ids.Select(id => model.Vocabulary.Token(id))));
            Assert.Equal(Best(word, pieces), ids.Sum(id => scores[id]), 9);
        });
    }

    [Fact]
    public void Encode_NeighbouringUnknowns_BecomeOne()
    {
        var (model, _) = Model(new() { ["<unk>"] = 0, ["a"] = -1 });
        var ids = new List<int>();

        model.Encode("xy𝒳a你", ids);

        Assert.Equal([0, 1, 0], ids);
    }

    [Fact]
    public void Encode_ByteFallback_SpellsUnknownTextInBytes()
    {
        var pieces = new Dictionary<string, double> { ["<unk>"] = 0, ["a"] = -1, ["<0xC3>"] = 0, ["<0xA9>"] = 0 };
        var (model, _) = Model(pieces, byteFallback: true);
        var ids = new List<int>();

        model.Encode("aéa", ids);
        model.Encode("ü", ids);

        Assert.Equal([1, 2, 3, 1, 0], ids);
    }

    private static (UnigramModel Model, double[] Scores) Model(Dictionary<string, double> pieces, bool byteFallback = false)
    {
        var ids = pieces.Keys.Select((token, id) => (token, id)).ToDictionary(p => p.token, p => p.id);
        double[] scores = [.. pieces.Values];
        return (new UnigramModel(new Vocabulary(ids), scores, 0, byteFallback), scores);
    }

    private static Gen<string> Word(int least, int most) => Gen.OneOf("a", "b").Array[least, most].Select(string.Concat);

    private static double Best(string word, Dictionary<string, double> pieces) => word.Length == 0
        ? 0
        : pieces.Where(piece => word.StartsWith(piece.Key, StringComparison.Ordinal)).Max(piece => piece.Value + Best(word[piece.Key.Length..], pieces));
}
