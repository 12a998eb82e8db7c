namespace Mend.Models.Tokenizers.Patterns.WordScanners;

/// <summary>The words of a scanner as matches.</summary>
internal sealed class ScannerPattern : IPattern
{
    private readonly IWordScanner _scanner;

    public ScannerPattern(IWordScanner scanner) => _scanner = scanner;

    public IEnumerable<(int Start, int End)> Matches(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = at + _scanner.Next(text.AsSpan(at));
            yield return (at, end);
            at = end;
        }
    }
}
