using Mend.Models.Tokenizers.PreTokenizers;

namespace Mend.Models.Tokenizers.Json;

/// <summary>Reads what the Metaspace pre-tokenizer and decoder have in common.</summary>
internal static class MetaspaceReader
{
    /// <summary>U+2581, lower one eighth block.</summary>
    public const string DefaultReplacement = "▁";

    /// <summary>"prepend_scheme", or the "add_prefix_space" of older files, or always.</summary>
    public static PrependScheme Scheme(JsonPart part)
    {
        if (part.OptionalString("prepend_scheme") is not { } scheme)
        {
            return part.Bool("add_prefix_space", true) ? PrependScheme.Always : PrependScheme.Never;
        }

        return scheme switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            _ => throw part.Error($"'{part.Path}.prepend_scheme' is '{scheme}'; always, first or never was expected."),
        };
    }
}
