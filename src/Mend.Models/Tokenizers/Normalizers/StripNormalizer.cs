namespace Mend.Models.Tokenizers.Normalizers;

/// <summary>Drops white space at the ends of the text.</summary>
internal sealed class StripNormalizer : INormalizer
{
    private readonly bool _left;
    private readonly bool _right;

    public StripNormalizer(bool left, bool right) => (_left, _right) = (left, right);

    public string Normalize(string text)
    {
        text = _left ? text.TrimStart() : text;
        return _right ? text.TrimEnd() : text;
    }
}
