using System.Text;

namespace Mend.Cli;

/// <summary>Text that comes in pieces, shown without the white space around it.</summary>
/// <param name="show">Shows a piece.</param>
internal sealed class TrimmedText(Action<string> show)
{
    private readonly StringBuilder _shown = new();
    private string _space = "";

    /// <summary>What was shown so far.</summary>
    public string Shown => _shown.ToString();

    /// <summary>Takes the next piece; white space at its end waits for what follows.</summary>
    public void Add(string piece)
    {
        string text = _shown.Length == 0 ? piece.TrimStart() : _space + piece;
        string words = text.TrimEnd();
        _space = text[words.Length..];
        if (words.Length > 0)
        {
            show(words);
            _shown.Append(words);
        }
    }
}
