using System.Runtime.CompilerServices;
using Mend.Models.Chat.Jinja.Nodes;

namespace Mend.Models.Chat.Jinja.Syntax;

/// <summary>Reads a template's text and tags. There is only the one template, so tags that name others are refused.</summary>
internal sealed class TemplateParser
{
    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private readonly int _deepest;
    private int _depth;
    private int _loops;

    private TemplateParser(IReadOnlyList<Token> tokens, int deepest)
    {
        _tokens = new TokenStream(tokens);
        _expressions = new ExpressionParser(_tokens, deepest);
        _deepest = deepest;
    }

    /// <summary>Reads a template.</summary>
    /// <param name="template">Its text.</param>
    /// <param name="deepest">Most statements, and most brackets, inside each other.</param>
    /// <exception cref="TemplateFault">The text is no template.</exception>
    public static Body Parse(string template, int deepest)
    {
        TemplateParser parser = new(Lexer.Read(template), deepest);
        return parser.Body();
    }

    /// <summary>Statements up to a tag that ends them, or to the template's end when no such tags are named.</summary>
    private Body Body(params ReadOnlySpan<string> ends)
    {
        if (++_depth > _deepest || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault($"more than {_deepest} statements stand inside each other", _tokens.Line);
        }

        List<Statement> statements = [];
        while (true)
        {
            var token = _tokens.Next();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new Text(token.Text));
                    break;
                case TokenKind.PrintBegin:
                    statements.Add(new Print(_expressions.Tuple(), token.Line));
                    _tokens.Expect(TokenKind.PrintEnd, "'}}'");
                    break;
                case TokenKind.BlockBegin when _tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text):
                    _depth--;
                    return new Body(statements);
                case TokenKind.BlockBegin:
                    statements.Add(Statement());
                    _tokens.Expect(TokenKind.BlockEnd, "'%}'");
                    break;
                case TokenKind.End when ends.Length == 0:
                    return new Body(statements);
                default:
                    throw new TemplateFault($"the template ends where {{% {string.Join(" %} or {% ", ends)} %}} is wanted", token.Line);
            }
        }
    }

    /// <summary>A body with the ends of its tags, and the name that ended it.</summary>
    private (Body Body, string End) Block(params ReadOnlySpan<string> ends)
    {
        _tokens.SkipOperator(":");
        _tokens.Expect(TokenKind.BlockEnd, "'%}'");
        var body = Body(ends);
        return (body, _tokens.Next().Text);
    }

    private Statement Statement()
    {
        var token = _tokens.ExpectName();
        return token.Text switch
        {
            "if" => If(token.Line),
            "for" => For(token.Line),
            "set" => Set(token.Line),
            "macro" => Macro(),
            "call" => CallBlock(token.Line),
            "filter" => new FilterBlock(_expressions.Filters(Captured.Instance, started: true), Block("endfilter").Body, token.Line),
            "with" => With(token.Line),
            "print" => new Print(_expressions.Tuple(), token.Line),
            "generation" => new ScopedBlock(Block("endgeneration").Body),
            "block" => NamedBlock(),
            "break" or "continue" when _loops > 0 => new Jump(token.Text == "break" ? Flow.Break : Flow.Continue),
            "break" or "continue" => throw new TemplateFault($"{{% {token.Text} %}} stands outside of a loop", token.Line),
            "include" or "import" or "from" or "extends" => throw new TemplateFault($"{{% {token.Text} %}} names another template; a chat template stands alone", token.Line),
            "else" or "elif" or ['e', 'n', 'd', ..] => throw new TemplateFault($"{{% {token.Text} %}} stands where nothing is open that it ends", token.Line),
            _ => throw new TemplateFault($"{{% {token.Text} %}} is no tag that is known here", token.Line),
        };
    }

    private If If(int line)
    {
        List<(Expression Condition, int Line, Body Body)> branches = [];
        var condition = _expressions.Tuple(withConditional: false);
        while (true)
        {
            var (body, end) = Block("elif", "else", "endif");
            branches.Add((condition, line, body));
            if (end != "elif")
            {
                return new If(branches, end == "else" ? Block("endif").Body : null);
            }

            line = _tokens.Line;
            condition = _expressions.Tuple(withConditional: false);
        }
    }

    private For For(int line)
    {
        var target = _expressions.Target(withNamespaces: false);
        _tokens.ExpectName("in");
        var items = _expressions.Tuple(withConditional: false);
        var filter = _tokens.SkipName("if") ? _expressions.Whole() : null;
        var recursive = _tokens.SkipName("recursive");
        _loops++;
        var (body, end) = Block("endfor", "else");
        _loops--;
        return new For(target, items, filter, recursive, body, end == "else" ? Block("endfor").Body : null, line);
    }

    private Statement Set(int line)
    {
        var target = _expressions.Target(withNamespaces: true);
        if (_tokens.SkipOperator("="))
        {
            return new Set(target, _expressions.Tuple(), line);
        }

        var filters = _expressions.Filters(Captured.Instance);
        return new SetBlock(target, filters, Outside(() => Block("endset").Body), line);
    }

    private MacroDefinition Macro()
    {
        var name = _tokens.ExpectName().Text;
        var (parameters, body) = Function(withParameters: true, "endmacro");
        return new MacroDefinition(name, parameters, body);
    }

    private CallBlock CallBlock(int line)
    {
        var parameters = _tokens.Current.IsOperator("(") ? Parameters() : [];
        var call = _expressions.Whole() as Call ?? throw new TemplateFault("{% call %} wants the call of a macro", line);
        var (_, body) = Function(withParameters: false, "endcall");
        return new CallBlock(call, parameters, body, line);
    }

    /// <summary>Parameters and body of a macro; what its body reads decides what it takes beyond its parameters.</summary>
    private (IReadOnlyList<Parameter> Parameters, MacroBody Body) Function(bool withParameters, string end)
    {
        HashSet<string> outer = [.. _expressions.NamesRead];
        _expressions.NamesRead.Clear();
        var parameters = withParameters ? Parameters() : [];
        var body = Outside(() => Block(end).Body);
        var read = _expressions.NamesRead;
        MacroBody macro = new(body, TakesMore: read.Contains("varargs"), TakesMoreNamed: read.Contains("kwargs"), TakesCaller: read.Contains("caller"));
        read.UnionWith(outer);
        return (parameters, macro);
    }

    private List<Parameter> Parameters()
    {
        _tokens.ExpectOperator("(");
        List<Parameter> parameters = [];
        while (!_tokens.SkipOperator(")"))
        {
            var name = _tokens.ExpectName();
            var fallback = _tokens.SkipOperator("=") ? _expressions.Whole() : null;
            if (fallback is null && parameters is [.., { Default: not null }])
            {
                throw new TemplateFault($"the parameter '{name.Text}' without a default stands behind one with a default", name.Line);
            }

            parameters.Add(new Parameter(name.Text, fallback));
            if (!_tokens.Current.IsOperator(")"))
            {
                _tokens.ExpectOperator(",");
            }
        }

        return parameters;
    }

    private With With(int line)
    {
        List<(Target Target, Expression Value)> values = [];
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
            {
                _tokens.ExpectOperator(",");
            }

            var target = _expressions.Target(withNamespaces: false);
            _tokens.ExpectOperator("=");
            values.Add((target, _expressions.Whole()));
        }

        return new With(values, Block("endwith").Body, line);
    }

    private ScopedBlock NamedBlock()
    {
        var name = _tokens.ExpectName().Text;
        _tokens.SkipName("scoped");
        _tokens.SkipName("required");
        ScopedBlock block = new(Outside(() => Block("endblock").Body));
        _tokens.SkipName(name);
        return block;
    }

    /// <summary>Reads what a loop around it has no say in: {% break %} does not reach out of it.</summary>
    private T Outside<T>(Func<T> read)
    {
        var loops = _loops;
        _loops = 0;
        var result = read();
        _loops = loops;
        return result;
    }
}
