namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>Rewrites a text before it is split. Thread-safe.</summary>
internal interface INormalizer
{
    string Normalize(string text);
}
