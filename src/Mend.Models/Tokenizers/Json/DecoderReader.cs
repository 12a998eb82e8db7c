using Mend.Models.Tokenizers.Decoders;
using Mend.Models.Tokenizers.Normalizers;
using Mend.Models.Tokenizers.PreTokenizers;
using Mend.Models.Tokenizers.Subwords.WordPiece;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads "decoder" of tokenizer.json.</summary>
internal static class DecoderReader
{
    private const string Supported = "ByteLevel, WordPiece, Metaspace, Replace, ByteFallback, Fuse, Strip, BPEDecoder and Sequence";

    /// <summary>Reads the component at the top of the file.</summary>
    /// <param name="part">The component.</param>
    /// <param name="config">Its class T5Tokenizer trims what it decodes, which the component has no word for.</param>
    /// <param name="options">Choices that the file leaves open.</param>
    public static IDecoder Read(JsonPart part, TokenizerConfig config, TokenizerOptions options)
    {
        var decoder = ReadPart(part, options);
        return config.Class == "T5Tokenizer" ? new SequenceDecoder([decoder, new TrimDecoder()]) : decoder;
    }

    private static IDecoder ReadPart(JsonPart part, TokenizerOptions options) => part.Type switch
    {
        "ByteLevel" => new ByteLevelDecoder(),
        "WordPiece" => new WordPieceDecoder(
            part.OptionalString("prefix") ?? WordPieceModel.DefaultPrefix, options.CleanUpSpaces ?? part.Bool("cleanup", true)),
        "Metaspace" => new MetaspaceDecoder(
            part.OptionalString("replacement") ?? MetaspaceReader.DefaultReplacement,
            MetaspaceReader.Scheme(part) != PrependScheme.Never),
        "Replace" => new ReplaceDecoder(new ReplaceNormalizer(PatternReader.Read(part.Required("pattern")), part.String("content"))),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Strip" => new StripDecoder(NotEmpty(part, "content"), part.Int("start"), part.Int("stop")),
        "BPEDecoder" => new SuffixDecoder(NotEmpty(part, "suffix")),
        "Sequence" => new SequenceDecoder(part.Items("decoders").Select(step => ReadPart(step, options))),
        _ => throw part.Unsupported("decoder", Supported),
    };

    private static string NotEmpty(JsonPart part, string name) =>
        part.String(name) is { Length: > 0 } text ? text : throw part.Error($"'{part.Path}.{name}' is empty; a text was expected.");
}
