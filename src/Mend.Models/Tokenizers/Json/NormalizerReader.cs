using System.Text;
using Mend.Models.Tokenizers.Normalizers;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads "normalizer" of tokenizer.json.</summary>
internal static class NormalizerReader
{
    private const string Supported =
        "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, BertNormalizer, Prepend, Replace, Strip, Nmt, Precompiled, ByteLevel and Sequence";

    /// <summary>Reads the component at the top of the file.</summary>
    /// <param name="part">The component.</param>
    /// <param name="overrides">What tokenizer_config.json sets; it wins over a BertNormalizer at the top.</param>
    public static INormalizer Read(JsonPart part, TokenizerConfig overrides) =>
        part.Type == "BertNormalizer" ? new BertNormalizer(overrides.Apply(ReadBert(part))) : ReadPart(part);

    private static INormalizer ReadPart(JsonPart part) => part.Type switch
    {
        "NFC" => new FormNormalizer(NormalizationForm.FormC),
        "NFD" => new FormNormalizer(NormalizationForm.FormD),
        "NFKC" => new FormNormalizer(NormalizationForm.FormKC),
        "NFKD" => new FormNormalizer(NormalizationForm.FormKD),
        "Lowercase" => new LowercaseNormalizer(),
        "StripAccents" => new StripAccentsNormalizer(),
        "BertNormalizer" => new BertNormalizer(ReadBert(part)),
        "Prepend" => new PrependNormalizer(part.String("prepend")),
        "Replace" => new ReplaceNormalizer(PatternReader.Read(part.Required("pattern")), part.String("content")),
        "Strip" => new StripNormalizer(part.Bool("strip_left", true), part.Bool("strip_right", true)),
        "Nmt" => new NmtNormalizer(),
        "Precompiled" => ReadPrecompiled(part),
        "ByteLevel" => new ByteLevelNormalizer(),
        "Sequence" => new SequenceNormalizer(part.Items("normalizers").Select(ReadPart)),
        _ => throw part.Unsupported("normalizer", Supported),
    };

    private static BertOptions ReadBert(JsonPart part) => new()
    {
        CleanText = part.Bool("clean_text", true),
        HandleChineseChars = part.Bool("handle_chinese_chars", true),
        StripAccents = part.OptionalBool("strip_accents"),
        Lowercase = part.Bool("lowercase", true),
    };

    private static PrecompiledNormalizer ReadPrecompiled(JsonPart part)
    {
        try
        {
            return new PrecompiledNormalizer(CharacterMap.Parse(Convert.FromBase64String(part.String("precompiled_charsmap"))));
        }
        catch (FormatException e)
        {
            throw part.Error($"'{part.Path}.precompiled_charsmap' is damaged: {e.Message}");
        }
    }
}
