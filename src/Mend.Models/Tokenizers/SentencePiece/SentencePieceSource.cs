using Mend.Models.Tokenizers.SentencePiece.Layouts;
using Mend.Models.Tokenizers.SentencePiece.Model;
using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.Normalizers;
using Mend.Models.Tokenizers.Sources;

namespace Mend.Models.Tokenizers.SentencePiece;

/// <summary>
/// Reads SentencePiece models: spiece.model as T5 has it, tokenizer.model as Llama has it, sentencepiece.bpe.model as
/// XLM-RoBERTa has it; a tokenizer_class in tokenizer_config.json goes before the file's name. Unigram models go through
/// Microsoft.ML.Tokenizers, BPE models through our own merges. Gives the ids of Hugging Face's slow tokenizers. Thread-safe.
/// </summary>
public sealed class SentencePieceSource : ITokenizerSource
{
    private static readonly (string File, ILayout Layout)[] Known =
    [
        ("spiece.model", new T5Layout()),
        ("tokenizer.model", new LlamaLayout()),
        ("sentencepiece.bpe.model", new XlmRobertaLayout()),
    ];

    /// <inheritdoc/>
    public bool CanRead(string folder) => Known.Any(known => File.Exists(Path.Combine(folder, known.File)));

    /// <inheritdoc/>
    public ITokenizer Read(string folder, TokenizerOptions options)
    {
        var config = TokenizerConfig.Read(folder);
        var (name, layout) = Known.First(known => File.Exists(Path.Combine(folder, known.File)));
        SupportedClasses.Check(folder, config, name, [.. Known.Select(known => known.Layout.Class)]);
        layout = Known.Select(known => known.Layout).FirstOrDefault(l => l.Class == config.Class) ?? layout;
        if (config.Legacy == false)
        {
            throw new TokenizerException(
                Path.Combine(folder, "tokenizer_config.json"),
                $"'legacy' is false; of {name} alone only the older rules are supported, by which the text after a special token begins with a space.",
                "Put the checkpoint's tokenizer.json into the folder (save_pretrained of the fast tokenizer writes it).");
        }

        return Assemble(ModelFile.Read(Path.Combine(folder, name)), layout, config);
    }

    private static TokenizerPipeline Assemble(ModelFile file, ILayout layout, TokenizerConfig config)
    {
        var idOfPiece = new int[file.Pieces.Count];
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (piece, (text, _, _)) in file.Pieces.Index())
        {
            idOfPiece[piece] = layout.Id(file, piece);
            ids[text] = idOfPiece[piece];
        }

        layout.AddTokens(file, config, ids);
        var vocabulary = new Vocabulary(ids);
        var roles = layout.Complete(SpecialTokenRoles.Resolve(config, ids.ContainsKey));
        var special = config with { AdditionalSpecialTokens = [.. config.AdditionalSpecialTokens, .. layout.SpecialTokens(ids)] };
        return new TokenizerPipeline(new TokenizerParts
        {
            AddedTokens = SpecialTokenFinder.Find(special, roles, vocabulary),
            Normalizer = file.Rules is { } rules ? new PrecompiledNormalizer(rules) : null,
            Model = file.IsBpe ? new SentencePieceBpe(file, vocabulary, idOfPiece) : new SentencePieceUnigram(file, vocabulary, idOfPiece),
            PostProcessor = layout.Around(config, token => token is null ? null : vocabulary.Id(token), roles),
            Decoder = SentencePieceDecoder.Create(file, layout.TrimsText),
            SpecialTokens = roles,
        });
    }
}
