using Mend.Models.Tokenizers.Json;

namespace Mend.Models.Tokenizers.Sources;

/// <summary>Vocabulary files alone do not say how text is split; the class that wrote them does.</summary>
internal static class SupportedClasses
{
    /// <exception cref="TokenizerException">The configuration names a class that splits in a way of its own.</exception>
    public static void Check(string folder, TokenizerConfig config, string files, params string[] supported)
    {
        if (config.Class is { } name && !supported.Contains(name, StringComparer.Ordinal))
        {
            throw new TokenizerException(
                Path.Combine(folder, "tokenizer_config.json"),
                $"tokenizer_class is '{name}', of which {files} alone does not say enough; supported are {string.Join(", ", supported)}.",
                "Put the checkpoint's tokenizer.json into the folder (save_pretrained of the fast tokenizer writes it).");
        }
    }
}
