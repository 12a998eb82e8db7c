namespace Mend.Models.Chat.Jinja.Syntax;

/// <summary>Walks over tokens; the last one, the end, is never left.</summary>
internal sealed class TokenStream
{
    private readonly IReadOnlyList<Token> _tokens;
    private int _at;

    public TokenStream(IReadOnlyList<Token> tokens) => _tokens = tokens;

    public Token Current => _tokens[_at];

    public Token Following => _tokens[Math.Min(_at + 1, _tokens.Count - 1)];

    public int Line => Current.Line;

    /// <summary>The current token; the one behind it becomes the current one.</summary>
    public Token Next()
    {
        var token = Current;
        _at = Math.Min(_at + 1, _tokens.Count - 1);
        return token;
    }

    public bool SkipName(string name) => SkipIf(Current.IsName(name));

    public bool SkipOperator(string sign) => SkipIf(Current.IsOperator(sign));

    public Token Expect(TokenKind kind, string wanted) => Current.Kind == kind ? Next() : throw Unexpected(wanted);

    public Token ExpectName() => Expect(TokenKind.Name, "a name");

    public void ExpectName(string name)
    {
        if (!SkipName(name))
        {
            throw Unexpected($"'{name}'");
        }
    }

    public void ExpectOperator(string sign)
    {
        if (!SkipOperator(sign))
        {
            throw Unexpected($"'{sign}'");
        }
    }

    public TemplateFault Unexpected(string wanted) => new($"{Current.Describe()} stands where {wanted} is wanted", Line);

    private bool SkipIf(bool matches)
    {
        if (matches)
        {
            Next();
        }

        return matches;
    }
}
