using System.Text;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Syntax;

/// <summary>
/// Cuts a template into tokens as Jinja does with trim_blocks and lstrip_blocks: a line break behind a block or comment
/// goes, and so does white space before one where nothing else stands on its line.
/// </summary>
internal sealed class Lexer
{
    /// <summary>Longest first, so that what is found first is the longest.</summary>
    private static readonly string[] Operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";"];

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private readonly Stack<char> _brackets = new();
    private int _at;
    private int _line = 1;

    /// <summary>Whether nothing but the start of a line stands before the text that comes next.</summary>
    private bool _lineStarts = true;

    private Lexer(string source) => _source = source;

    /// <summary>The tokens; the last one is the end.</summary>
    /// <param name="template">The template's text.</param>
    /// <exception cref="TemplateFault">The text is no template.</exception>
    public static IReadOnlyList<Token> Read(string template)
    {
        var source = template.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(source.EndsWith('\n') ? source[..^1] : source);
        lexer.ReadAll();
        return lexer._tokens;
    }

    private void ReadAll()
    {
        while (_at < _source.Length)
        {
            var tag = NextTag(_at);
            if (tag < 0)
            {
                AddData(_source[_at..]);
                Advance(_source.Length);
                break;
            }

            if (_source[tag + 1] == '%' && RawBegin(tag) is { } rawStart)
            {
                AddData(Before(tag, isPrint: false));
                Advance(rawStart);
                ReadRaw();
                continue;
            }

            var kind = _source[tag + 1];
            AddData(Before(tag, isPrint: kind == '{'));
            Advance(AfterSign(tag + 2));
            switch (kind)
            {
                case '#':
                    SkipComment();
                    break;
                case '%':
                    ReadTag(TokenKind.BlockBegin, TokenKind.BlockEnd);
                    break;
                default:
                    ReadTag(TokenKind.PrintBegin, TokenKind.PrintEnd);
                    break;
            }
        }

        Add(TokenKind.End, "");
    }

    private int NextTag(int from)
    {
        for (var at = from; (at = _source.IndexOf('{', at)) >= 0 && at + 1 < _source.Length; at++)
        {
            if (_source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>The text between here and a tag, stripped as the tag's sign and its line ask for.</summary>
    private string Before(int tag, bool isPrint)
    {
        var text = _source[_at..tag];
        var sign = tag + 2 < _source.Length ? _source[tag + 2] : '\0';
        if (sign == '-')
        {
            return Characters.TrimEnd(text);
        }

        if (sign == '+' || isPrint)
        {
            return text;
        }

        var line = text.LastIndexOf('\n') + 1;
        return (line > 0 || _lineStarts) && text.AsSpan(line).IndexOfAnyExcept(Characters.Spaces) < 0 ? text[..line] : text;
    }

    private int AfterSign(int at) => at < _source.Length && _source[at] is '-' or '+' ? at + 1 : at;

    private int AfterSpace(int at)
    {
        while (at < _source.Length && Characters.IsSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    private int AfterLineBreak(int at) => at < _source.Length && _source[at] == '\n' ? at + 1 : at;

    /// <summary>Where the text of {% raw %} begins; null when the tag is another.</summary>
    private int? RawBegin(int tag)
    {
        var at = Keyword(AfterSign(tag + 2), "raw");
        return at is not { } end ? null
            : Has(end, "-%}") ? AfterSpace(end + 3)
            : Has(end, "%}") ? end + 2
            : null;
    }

    /// <summary>Behind a keyword and the blanks around it; null when it is not there.</summary>
    private int? Keyword(int at, string keyword)
    {
        at = AfterSpace(at);
        return Has(at, keyword) ? AfterSpace(at + keyword.Length) : null;
    }

    private bool Has(int at, string text) => string.CompareOrdinal(_source, at, text, 0, text.Length) == 0;

    private void ReadRaw()
    {
        for (var tag = _at; (tag = _source.IndexOf("{%", tag, StringComparison.Ordinal)) >= 0; tag++)
        {
            if (Keyword(AfterSign(tag + 2), "endraw") is { } end && BlockEnd(end) is { } next)
            {
                AddData(Before(tag, isPrint: false));
                Advance(next);
                return;
            }
        }

        throw new TemplateFault("the end of a {% raw %} block is missing", _line);
    }

    private void SkipComment()
    {
        var end = _source.IndexOf("#}", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new TemplateFault("the end of a comment, #}, is missing", _line);
        }

        var sign = end > _at ? _source[end - 1] : '\0';
        Advance(sign == '-' ? AfterSpace(end + 2) : sign == '+' ? end + 2 : AfterLineBreak(end + 2));
    }

    /// <summary>Behind the end of a block that stands here; null when none does.</summary>
    private int? BlockEnd(int at) =>
        Has(at, "-%}") ? AfterSpace(at + 3)
        : Has(at, "+%}") ? at + 3
        : Has(at, "%}") ? AfterLineBreak(at + 2)
        : null;

    private int? PrintEnd(int at) =>
        Has(at, "-}}") ? AfterSpace(at + 3)
        : Has(at, "}}") ? at + 2
        : null;

    private void ReadTag(TokenKind begin, TokenKind end)
    {
        Add(begin, "");
        var line = _line;
        while (true)
        {
            Advance(AfterSpace(_at));
            if (_at >= _source.Length)
            {
                throw new TemplateFault($"the end of a tag, {(end == TokenKind.BlockEnd ? "%}" : "}}")}, is missing", line);
            }

            if (_brackets.Count == 0 && (end == TokenKind.BlockEnd ? BlockEnd(_at) : PrintEnd(_at)) is { } next)
            {
                Add(end, "");
                Advance(next);
                return;
            }

            ReadToken();
        }
    }

    private void ReadToken()
    {
        var c = _source[_at];
        if (char.IsAsciiDigit(c))
        {
            ReadNumber();
        }
        else if (c == '_' || char.IsLetter(c))
        {
            var end = _at + 1;
            while (end < _source.Length && (_source[end] == '_' || char.IsLetterOrDigit(_source[end])))
            {
                end++;
            }

            Take(TokenKind.Name, end);
        }
        else if (c is '"' or '\'')
        {
            ReadString(c);
        }
        else
        {
            ReadOperator();
        }
    }

    private void ReadNumber()
    {
        var (end, isFloat) = NumberLiteral.End(_source, _at, afterPoint: _at > 0 && _source[_at - 1] == '.');
        Take(isFloat ? TokenKind.Float : TokenKind.Integer, end);
    }

    private void ReadString(char quote)
    {
        var end = _at + 1;
        while (end < _source.Length && _source[end] != quote)
        {
            end += _source[end] == '\\' ? 2 : 1;
        }

        if (end >= _source.Length)
        {
            throw new TemplateFault($"a text that begins with {quote} does not end", _line);
        }

        Add(TokenKind.String, Escapes.Resolve(_source[(_at + 1)..end], _line));
        Advance(end + 1);
    }

    private void ReadOperator()
    {
        var sign = Array.Find(Operators, o => Has(_at, o)) ?? throw new TemplateFault($"'{_source[_at]}' is no sign of the template language", _line);
        if (sign is "(" or "[" or "{")
        {
            _brackets.Push(sign[0]);
        }
        else if (sign is ")" or "]" or "}" && (!_brackets.TryPop(out var open) || (open, sign[0]) is not (('(', ')') or ('[', ']') or ('{', '}'))))
        {
            throw new TemplateFault($"'{sign}' closes nothing", _line);
        }

        Take(TokenKind.Operator, _at + sign.Length);
    }

    private void Take(TokenKind kind, int end)
    {
        Add(kind, _source[_at..end]);
        Advance(end);
    }

    private void Add(TokenKind kind, string text) => _tokens.Add(new Token(kind, text, _line));

    private void AddData(string text)
    {
        if (text.Length > 0)
        {
            Add(TokenKind.Data, text);
        }
    }

    private void Advance(int to)
    {
        _line += _source.AsSpan(_at, to - _at).Count('\n');
        _lineStarts = to > _at ? _source[to - 1] == '\n' : _lineStarts;
        _at = to;
    }
}
