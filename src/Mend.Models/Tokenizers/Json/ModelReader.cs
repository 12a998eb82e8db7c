using System.Text.Json;
using Mend.Models.Tokenizers.Subwords;
using Mend.Models.Tokenizers.Subwords.Bpe;
using Mend.Models.Tokenizers.Subwords.Unigram;
using Mend.Models.Tokenizers.Subwords.WordPiece;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads "model" of tokenizer.json.</summary>
internal static class ModelReader
{
    private const string Supported = "BPE, Unigram and WordPiece";

    public static ISubwordModel Read(JsonPart model) => TypeOf(model) switch
    {
        "BPE" => ReadBpe(model),
        "Unigram" => ReadUnigram(model),
        "WordPiece" => ReadWordPiece(model),
        _ => throw model.Unsupported("model", Supported),
    };

    /// <summary>Older files leave the type out; then the fields tell it.</summary>
    private static string TypeOf(JsonPart model)
    {
        if (model.OptionalString("type") is { } type)
        {
            return type;
        }

        return model.Optional("merges") is not null ? "BPE"
            : model.Optional("unk_id") is not null ? "Unigram"
            : model.Optional("continuing_subword_prefix") is not null ? "WordPiece"
            : throw model.Error($"'{model.Path}.type' is missing; wanted one of {Supported}.");
    }

    private static BpeModel ReadBpe(JsonPart model)
    {
        if (model.Optional("dropout")?.AsDouble() is > 0)
        {
            throw model.Error("the BPE model has a dropout above 0, which would make encoding random; null was expected.");
        }

        var vocabulary = VocabularyReader.Read(model.Required("vocab"));
        var prefix = model.OptionalString("continuing_subword_prefix") ?? "";
        var unk = model.OptionalString("unk_token");
        return new BpeModel(vocabulary, MergeReader.ReadJson(model.Required("merges"), vocabulary, prefix.Length), new BpeOptions
        {
            UnkId = unk is null ? null : RequireToken(model, vocabulary, unk),
            FuseUnk = model.Bool("fuse_unk", false),
            ByteFallback = model.Bool("byte_fallback", false),
            IgnoreMerges = model.Bool("ignore_merges", false),
            ContinuingSubwordPrefix = prefix,
            EndOfWordSuffix = model.OptionalString("end_of_word_suffix") ?? "",
        });
    }

    private static UnigramModel ReadUnigram(JsonPart model)
    {
        var (ids, scores) = ReadPieces(model.Required("vocab"));
        return model.Optional("unk_id")?.AsInt() is { } unknown && unknown < scores.Length
            ? new UnigramModel(new Vocabulary(ids), scores, unknown, model.Bool("byte_fallback", false))
            : throw model.Error($"'{model.Path}.unk_id' is not an index into the {scores.Length} pieces of the vocabulary.");
    }

    private static (Dictionary<string, int> Ids, double[] Scores) ReadPieces(JsonPart vocab)
    {
        if (vocab.Value.ValueKind != JsonValueKind.Array)
        {
            throw vocab.Error($"'{vocab.Path}' should be a list of [piece, score] pairs, and is not.");
        }

        var ids = new Dictionary<string, int>(vocab.Value.GetArrayLength(), StringComparer.Ordinal);
        var scores = new double[vocab.Value.GetArrayLength()];
        foreach (var piece in vocab.Value.EnumerateArray())
        {
            if (piece.ValueKind != JsonValueKind.Array || piece.GetArrayLength() != 2
                || piece[0].ValueKind != JsonValueKind.String || piece[1].ValueKind != JsonValueKind.Number)
            {
                throw vocab.Error($"'{vocab.Path}[{ids.Count}]' is not a pair [piece, score].");
            }

            scores[ids.Count] = piece[1].GetDouble();
            var token = vocab.TextOf(piece[0]);
            if (!ids.TryAdd(token, ids.Count))
            {
                throw vocab.Error($"'{vocab.Path}' lists the piece '{token}' twice.");
            }
        }

        return (ids, scores);
    }

    private static WordPieceModel ReadWordPiece(JsonPart model)
    {
        var vocabulary = VocabularyReader.Read(model.Required("vocab"));
        return new WordPieceModel(
            vocabulary,
            RequireToken(model, vocabulary, model.OptionalString("unk_token") ?? "[UNK]"),
            model.OptionalString("continuing_subword_prefix") ?? WordPieceModel.DefaultPrefix,
            model.Optional("max_input_chars_per_word")?.AsInt() ?? WordPieceModel.DefaultLongestWord);
    }

    private static int RequireToken(JsonPart model, Vocabulary vocabulary, string unk) =>
        vocabulary.Id(unk) ?? throw model.Error($"the unknown token '{unk}' is not in the vocabulary.");
}
