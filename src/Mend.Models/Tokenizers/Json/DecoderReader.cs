using Mend.Models.Tokenizers.Decoders;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads "decoder" of tokenizer.json.</summary>
internal static class DecoderReader
{
    private const string Supported = "ByteLevel and Sequence";

    public static IDecoder Read(JsonPart part, TokenizerOptions options) => part.Type switch
    {
        "ByteLevel" => new ByteLevelDecoder(),
        "Sequence" => new SequenceDecoder(part.Items("decoders").Select(step => Read(step, options))),
        _ => throw part.Unsupported("decoder", Supported),
    };
}
