using Mend.Models.Tokenizers.Normalizers;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads "normalizer" of tokenizer.json.</summary>
internal static class NormalizerReader
{
    private const string Supported = "none yet";

    /// <param name="part">The component.</param>
    /// <param name="overrides">What tokenizer_config.json sets; it wins over the component.</param>
    public static INormalizer Read(JsonPart part, TokenizerConfig overrides) => part.Type switch
    {
        _ => throw part.Unsupported("normalizer", Supported),
    };
}
