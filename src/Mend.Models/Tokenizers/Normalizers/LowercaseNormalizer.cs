using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>Lower-cases every code point by itself.</summary>
internal sealed class LowercaseNormalizer : INormalizer
{
    public string Normalize(string text) => CaseMapping.ToLower(text);
}
