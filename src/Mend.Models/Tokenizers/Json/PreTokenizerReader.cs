using Mend.Models.Tokenizers.Patterns;
using Mend.Models.Tokenizers.PreTokenizers;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads "pre_tokenizer" of tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    private const string Supported =
        "ByteLevel, BertPreTokenizer, Whitespace, WhitespaceSplit, Metaspace, Split, Punctuation, Digits, CharDelimiterSplit and Sequence";

    /// <summary>Reads the component at the top of the file.</summary>
    /// <param name="part">The component.</param>
    /// <param name="overrides">What tokenizer_config.json sets; it wins over a ByteLevel at the top.</param>
    public static IPreTokenizer Read(JsonPart part, TokenizerConfig overrides) =>
        part.Type == "ByteLevel" ? ByteLevel(part, overrides.AddPrefixSpace) : ReadPart(part);

    private static IPreTokenizer ReadPart(JsonPart part) => part.Type switch
    {
        "ByteLevel" => ByteLevel(part, null),
        "BertPreTokenizer" => WellKnownSplits.Bert(),
        "Whitespace" => WellKnownSplits.Words(),
        "WhitespaceSplit" => WellKnownSplits.Spaces(),
        "Metaspace" => Metaspace(part),
        "Split" => new SplitPreTokenizer(
            PatternReader.Read(part.Required("pattern")), Behavior(part.Required("behavior")), part.Bool("invert", false)),
        "Punctuation" => new SplitPreTokenizer(
            new CodePointPattern(CodePoints.IsPunctuation),
            part.Optional("behavior") is { } behavior ? Behavior(behavior) : SplitBehavior.Isolated),
        "Digits" => new SplitPreTokenizer(
            new CodePointPattern(CodePoints.IsNumber),
            part.Bool("individual_digits", false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        "CharDelimiterSplit" => new SplitPreTokenizer(new LiteralPattern(part.String("delimiter")), SplitBehavior.Removed),
        "Sequence" => new SequencePreTokenizer(part.Items("pretokenizers").Select(ReadPart)),
        _ => throw part.Unsupported("pre-tokenizer", Supported),
    };

    private static ByteLevelPreTokenizer ByteLevel(JsonPart part, bool? addPrefixSpace) =>
        new(addPrefixSpace ?? part.Bool("add_prefix_space", true), part.Bool("use_regex", true));

    private static MetaspacePreTokenizer Metaspace(JsonPart part) => new(
        part.OptionalString("replacement") ?? MetaspaceReader.DefaultReplacement,
        MetaspaceReader.Scheme(part),
        part.Bool("split", true));

    private static SplitBehavior Behavior(JsonPart part) =>
        Enum.TryParse<SplitBehavior>(part.AsString(), out var behavior) && Enum.IsDefined(behavior)
            ? behavior
            : throw part.Error($"'{part.Path}' is '{part.AsString()}'; one of {string.Join(", ", Enum.GetNames<SplitBehavior>())} was expected.");
}
