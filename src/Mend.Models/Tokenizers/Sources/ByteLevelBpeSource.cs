using Mend.Models.Tokenizers.Decoders;
using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.PostProcessors;
using Mend.Models.Tokenizers.PreTokenizers;
using Mend.Models.Tokenizers.Subwords.Bpe;

namespace Mend.Models.Tokenizers.Sources;

/// <summary>Reads vocab.json and merges.txt, the byte-level BPE files of GPT-2 and of models that share its code.</summary>
internal sealed class ByteLevelBpeSource : ITokenizerSource
{
    private const string VocabularyFile = "vocab.json";
    private const string MergesFile = "merges.txt";

    /// <summary>Classes that add nothing unless configured to.</summary>
    private static readonly string[] LikeGpt2 = ["GPT2Tokenizer", "CodeGenTokenizer"];

    /// <summary>Classes that put &lt;s&gt; and &lt;/s&gt; around a text.</summary>
    private static readonly string[] LikeRoberta = ["RobertaTokenizer", "BartTokenizer", "LongformerTokenizer", "LEDTokenizer"];

    public bool CanRead(string folder) =>
        File.Exists(Path.Combine(folder, VocabularyFile)) && File.Exists(Path.Combine(folder, MergesFile));

    public ITokenizer Read(string folder, TokenizerOptions options)
    {
        var config = TokenizerConfig.Read(folder);
        SupportedClasses.Check(folder, config, $"{VocabularyFile} and {MergesFile}", [.. LikeGpt2, .. LikeRoberta]);
        using var file = JsonFile.Open(Path.Combine(folder, VocabularyFile));
        var vocabulary = VocabularyReader.Read(file.Root);
        var merges = MergeReader.ReadText(Path.Combine(folder, MergesFile), vocabulary);
        var roles = Roles(config, vocabulary);
        return new TokenizerPipeline(new TokenizerParts
        {
            AddedTokens = SpecialTokenFinder.Find(config, roles, vocabulary),
            PreTokenizer = new ByteLevelPreTokenizer(config.AddPrefixSpace ?? false, split: true),
            Model = new BpeModel(vocabulary, merges, new BpeOptions()),
            PostProcessor = Around(config, roles, vocabulary),
            Decoder = new ByteLevelDecoder(),
            SpecialTokens = roles,
        });
    }

    private static SpecialTokens Roles(TokenizerConfig config, Vocabulary vocabulary)
    {
        var roles = SpecialTokenRoles.Resolve(config, token => vocabulary.Id(token) is not null);
        return LikeRoberta.Contains(config.Class) ? roles with { Cls = roles.Cls ?? roles.Bos, Sep = roles.Sep ?? roles.Eos } : roles;
    }

    private static TemplatePostProcessor? Around(TokenizerConfig config, SpecialTokens roles, Vocabulary vocabulary)
    {
        int? Id(string? token) => token is null ? null : vocabulary.Id(token);
        if (LikeRoberta.Contains(config.Class) && Id(roles.Cls) is { } cls && Id(roles.Sep) is { } sep)
        {
            return Templates.Roberta(cls, sep);
        }

        var before = config.AddBosToken == true ? Id(roles.Bos) : null;
        var after = config.AddEosToken == true ? Id(roles.Eos) : null;
        return before is null && after is null ? null : Templates.Around(before, after);
    }
}
