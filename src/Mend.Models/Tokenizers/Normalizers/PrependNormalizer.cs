namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>Writes a text before every text that is not empty.</summary>
internal sealed class PrependNormalizer : INormalizer
{
    private readonly string _prefix;

    public PrependNormalizer(string prefix) => _prefix = prefix;

    public string Normalize(string text) => text.Length == 0 ? text : _prefix + text;
}
