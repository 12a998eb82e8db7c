using Mend.Models.Tokenizers.AddedTokens;
using Mend.Models.Tokenizers.Json;
using Mend.Models.Tokenizers.PostProcessors;

namespace Mend.Models.Tokenizers.Sources;

/// <summary>Reads tokenizer.json, the format of Hugging Face's tokenizers library.</summary>
internal sealed class TokenizerJsonSource : ITokenizerSource
{
    private const string FileName = "tokenizer.json";

    public bool CanRead(string folder) => File.Exists(Path.Combine(folder, FileName));

    public ITokenizer Read(string folder, TokenizerOptions options)
    {
        var config = TokenizerConfig.Read(folder);
        using var file = JsonFile.Open(Path.Combine(folder, FileName));
        return Assemble(file.Root, config, options);
    }

    /// <summary>Puts a tokenizer together.</summary>
    /// <param name="root">tokenizer.json.</param>
    /// <param name="config">The files beside it.</param>
    /// <param name="options">Choices that they leave open.</param>
    public static ITokenizer Assemble(JsonPart root, TokenizerConfig config, TokenizerOptions options)
    {
        var model = ModelReader.Read(root.Required("model"));
        var added = SpecialTokenFinder.Complete(AddedTokens(root, config, model.Vocabulary), config, model.Vocabulary);
        var contents = added.ToLookup(t => t.Id, t => t.Content);
        var known = added.Select(t => t.Content).ToHashSet(StringComparer.Ordinal);
        var processor = root.Optional("post_processor") is { } part ? PostProcessorReader.Read(part) : null;
        var (first, last) = Around(processor);
        return new TokenizerPipeline(new TokenizerParts
        {
            AddedTokens = added,
            Normalizer = root.Optional("normalizer") is { } normalizer ? NormalizerReader.Read(normalizer, config) : null,
            PreTokenizer = root.Optional("pre_tokenizer") is { } splitter ? PreTokenizerReader.Read(splitter, config) : null,
            Model = model,
            PostProcessor = processor,
            Decoder = root.Optional("decoder") is { } decoder ? DecoderReader.Read(decoder, config, options) : null,
            SpecialTokens = SpecialTokenRoles.Resolve(config, t => known.Contains(t) || model.Vocabulary.Id(t) is not null, Content(first), Content(last)),
        });

        string? Content(int? id) => id is { } wanted ? contents[wanted].FirstOrDefault() ?? model.Vocabulary.Token(wanted) : null;
    }

    /// <summary>The ids that a text begins and ends with once the post-processor has added its tokens.</summary>
    private static (int? First, int? Last) Around(IPostProcessor? processor)
    {
        const int Text = -1;
        int[] ids = processor?.Process(new TokenizedPair([Text], [0]), null).Ids ?? [];
        int at = Array.IndexOf(ids, Text);
        return at < 0 ? (null, null) : (at > 0 ? ids[0] : (int?)null, at < ids.Length - 1 ? ids[^1] : (int?)null);
    }

    /// <summary>The tokens of tokenizer.json, and those that tokenizer_config.json lists beyond them.</summary>
    private static List<AddedToken> AddedTokens(JsonPart root, TokenizerConfig config, Vocabulary vocabulary)
    {
        var tokens = root.Optional("added_tokens") is { } list ? AddedTokenReader.ReadList(list).ToList() : [];
        foreach (var token in tokens)
        {
            if (vocabulary.Id(token.Content) is { } id && id != token.Id)
            {
                throw root.Error($"added token '{token.Content}' has the id {token.Id}, but in the vocabulary it has {id}.");
            }
        }

        tokens.AddRange(config.AddedTokens.ExceptBy(tokens.Select(t => t.Content), t => t.Content));
        return tokens;
    }
}
