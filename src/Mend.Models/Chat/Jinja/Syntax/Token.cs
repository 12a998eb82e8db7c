namespace Mend.Models.Chat.Jinja.Syntax;

/// <summary>What a stretch of a template is.</summary>
internal enum TokenKind
{
    /// <summary>Text that is written as it stands.</summary>
    Data,

    /// <summary>{%, with what strips the text before it already done.</summary>
    BlockBegin,

    /// <summary>%}.</summary>
    BlockEnd,

    /// <summary>{{.</summary>
    PrintBegin,

    /// <summary>}}.</summary>
    PrintEnd,

    /// <summary>A name or keyword.</summary>
    Name,

    /// <summary>A quoted text; the value has its escapes resolved.</summary>
    String,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a point or an exponent.</summary>
    Float,

    /// <summary>A sign such as + or ==.</summary>
    Operator,

    /// <summary>The template's end.</summary>
    End,
}

/// <summary>A token of a template.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its text, for data and strings what they stand for.</param>
/// <param name="Line">Where it begins, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    public bool IsOperator(string sign) => Kind == TokenKind.Operator && Text == sign;

    /// <summary>The token as messages name it.</summary>
    public string Describe() => Kind switch
    {
        TokenKind.End => "the end of the template",
        TokenKind.BlockBegin => "'{%'",
        TokenKind.BlockEnd => "'%}'",
        TokenKind.PrintBegin => "'{{'",
        TokenKind.PrintEnd => "'}}'",
        _ => $"'{(Text.Length <= 40 ? Text : Text[..37] + "...")}'",
    };
}
