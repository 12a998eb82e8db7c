using System.Text;
using Mend.Models.Tokenizers;

namespace Mend.Gateway;

/// <summary>The texts of single tokens as they stand inside a text. Safe to use from several threads.</summary>
internal sealed class TokenTexts
{
    private readonly ITokenizer _tokenizer;
    private readonly int[] _before;
    private readonly int _skip;

    public TokenTexts(ITokenizer tokenizer)
    {
        _tokenizer = tokenizer;

        // Some tokenizers drop the blank that begins a text, so a token is read behind another one.
        _before = tokenizer.Encode("a");
        _skip = tokenizer.Decode(_before, skipSpecialTokens: false).Length;
    }

    /// <summary>A token's text; a part of a character is U+FFFD.</summary>
    public string Of(int token)
    {
        string text = _tokenizer.Decode([.. _before, token], skipSpecialTokens: false);
        return text.Length >= _skip ? text[_skip..] : "";
    }

    /// <summary>A text's bytes; null where it is a part of a character, whose bytes are not known.</summary>
    public static int[]? BytesOf(string text) => text.Contains('\uFFFD') ? null : [.. Encoding.UTF8.GetBytes(text).Select(b => (int)b)];

    /// <summary>The text of several tokens.</summary>
    public string Of(IReadOnlyList<int> tokens) => _tokenizer.Decode([.. tokens], skipSpecialTokens: false);
}
