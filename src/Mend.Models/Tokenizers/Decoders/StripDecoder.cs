namespace Mend.Models.Tokenizers.Decoders;

/// <summary>Takes a number of characters off the ends of every token.</summary>
internal sealed class StripDecoder : IDecoder
{
    private readonly string _content;
    private readonly int _start;
    private readonly int _stop;

    /// <param name="content">What to take off.</param>
    /// <param name="start">How often at most at the start.</param>
    /// <param name="stop">How often at most at the end.</param>
    public StripDecoder(string content, int start, int stop) => (_content, _start, _stop) = (content, start, stop);

    public IReadOnlyList<string> Decode(IReadOnlyList<string> tokens) => [.. tokens.Select(Strip)];

    private string Strip(string token)
    {
        for (var i = 0; i < _start && token.StartsWith(_content, StringComparison.Ordinal); i++)
        {
            token = token[_content.Length..];
        }

        for (var i = 0; i < _stop && token.EndsWith(_content, StringComparison.Ordinal); i++)
        {
            token = token[..^_content.Length];
        }

        return token;
    }
}
