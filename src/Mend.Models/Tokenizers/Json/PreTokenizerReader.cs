using Mend.Models.Tokenizers.PreTokenizers;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads "pre_tokenizer" of tokenizer.json.</summary>
internal static class PreTokenizerReader
{
    private const string Supported = "ByteLevel and Sequence";

    /// <summary>Reads the component at the top of the file.</summary>
    /// <param name="part">The component.</param>
    /// <param name="overrides">What tokenizer_config.json sets; it wins over a ByteLevel at the top.</param>
    public static IPreTokenizer Read(JsonPart part, TokenizerConfig overrides) =>
        part.Type == "ByteLevel" ? ByteLevel(part, overrides.AddPrefixSpace) : ReadPart(part);

    private static IPreTokenizer ReadPart(JsonPart part) => part.Type switch
    {
        "ByteLevel" => ByteLevel(part, null),
        "Sequence" => new SequencePreTokenizer(part.Items("pretokenizers").Select(ReadPart)),
        _ => throw part.Unsupported("pre-tokenizer", Supported),
    };

    private static ByteLevelPreTokenizer ByteLevel(JsonPart part, bool? addPrefixSpace) =>
        new(addPrefixSpace ?? part.Bool("add_prefix_space", true), part.Bool("use_regex", true));
}
