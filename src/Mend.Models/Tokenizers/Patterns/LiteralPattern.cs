namespace Mend.Models.Tokenizers.Patterns;

/// <summary>Finds a fixed text. An empty one is never found.</summary>
internal sealed class LiteralPattern : IPattern
{
    private readonly string _literal;

    public LiteralPattern(string literal) => _literal = literal;

    public IEnumerable<(int Start, int End)> Matches(string text)
    {
        if (_literal.Length == 0)
        {
            yield break;
        }

        for (var at = 0; (at = text.IndexOf(_literal, at, StringComparison.Ordinal)) >= 0; at += _literal.Length)
        {
            yield return (at, at + _literal.Length);
        }
    }
}
