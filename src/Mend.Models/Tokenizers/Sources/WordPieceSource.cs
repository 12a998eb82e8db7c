using Mend.Models.Tokenizers.Decoders;
using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.Normalizers;
using Mend.Models.Tokenizers.PostProcessors;
using Mend.Models.Tokenizers.PreTokenizers;
using Mend.Models.Tokenizers.Subwords.WordPiece;

namespace Mend.Models.Tokenizers.Sources;

/// <summary>Reads vocab.txt, the WordPiece vocabulary of BERT: a token a line, ids from 0.</summary>
internal sealed class WordPieceSource : ITokenizerSource
{
    private const string FileName = "vocab.txt";

    public bool CanRead(string folder) => File.Exists(Path.Combine(folder, FileName));

    public ITokenizer Read(string folder, TokenizerOptions options)
    {
        var config = TokenizerConfig.Read(folder);
        SupportedClasses.Check(
            folder, config, FileName, "BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer", "MobileBertTokenizer");

        var vocabulary = ReadVocabulary(Path.Combine(folder, FileName));
        var roles = SpecialTokenRoles.Resolve(config, token => vocabulary.Id(token) is not null);
        var unknown = Require(roles.Unk ?? "[UNK]");
        return new TokenizerPipeline(new TokenizerParts
        {
            AddedTokens = SpecialTokenFinder.Find(config, roles, vocabulary),
            Normalizer = new BertNormalizer(config.Apply(new BertOptions())),
            PreTokenizer = WellKnownSplits.Bert(),
            Model = new WordPieceModel(vocabulary, unknown),
            PostProcessor = Templates.Bert(Require(roles.Cls ?? "[CLS]"), Require(roles.Sep ?? "[SEP]")),
            Decoder = new WordPieceDecoder(WordPieceModel.DefaultPrefix, options.CleanUpSpaces ?? true),
            SpecialTokens = roles,
        });

        int Require(string token) => vocabulary.Id(token) ?? throw new TokenizerException(
            Path.Combine(folder, FileName),
            $"the vocabulary of {vocabulary.Size} lines has no token '{token}', which BERT's tokenizer needs.",
            "Take vocab.txt from the published checkpoint again, or name the token in special_tokens_map.json.");
    }

    /// <summary>Of a token that stands on two lines the later one counts, as in the code that wrote the files.</summary>
    private static Vocabulary ReadVocabulary(string path)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (id, line) in TextFile.Lines(path).Index())
        {
            ids[line] = id;
        }

        return new Vocabulary(ids);
    }
}
