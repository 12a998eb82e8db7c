using System.Runtime.CompilerServices;
using Mend.Models.Chat.Jinja.Nodes;

namespace Mend.Models.Chat.Jinja.Syntax;

/// <summary>Reads expressions; precedences are those of Jinja, which are not Python's: a filter binds tighter than any sign but -x.</summary>
internal sealed class ExpressionParser
{
    private static readonly HashSet<string> Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private readonly TokenStream _tokens;
    private readonly int _deepest;
    private int _depth;

    /// <param name="tokens">The template.</param>
    /// <param name="deepest">Most brackets inside each other.</param>
    public ExpressionParser(TokenStream tokens, int deepest) => (_tokens, _deepest) = (tokens, deepest);

    /// <summary>Every name that was read so far and not assigned.</summary>
    public HashSet<string> NamesRead { get; } = [];

    /// <summary>An expression, or several with commas between them, which are a tuple.</summary>
    /// <param name="withConditional">Whether "a if b else c" is one; not in a loop's header, where "if" filters.</param>
    /// <param name="inParentheses">Whether nothing is an expression: ().</param>
    public Expression Tuple(bool withConditional = true, bool inParentheses = false)
    {
        List<Expression> items = [];
        var isTuple = false;
        while (!IsTupleEnd())
        {
            items.Add(withConditional ? Whole() : Or());
            if (!_tokens.SkipOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        return isTuple || (items.Count == 0 && inParentheses) ? new TupleDisplay(items)
            : items.Count == 1 ? items[0]
            : throw _tokens.Unexpected("an expression");
    }

    /// <summary>One expression.</summary>
    public Expression Whole()
    {
        Enter();
        var value = Or();
        while (_tokens.SkipName("if"))
        {
            var condition = Or();
            value = new Conditional(condition, value, _tokens.SkipName("else") ? Whole() : null);
        }

        _depth--;
        return value;
    }

    /// <summary>What is behind "|": filters, with what they are applied to.</summary>
    /// <param name="value">What the first one is applied to.</param>
    /// <param name="started">Whether the first one's "|" is left out.</param>
    public Expression Filters(Expression value, bool started = false)
    {
        while (started || _tokens.SkipOperator("|"))
        {
            started = false;
            var line = _tokens.Line;
            var name = DottedName();
            value = new FilterCall(name, value, _tokens.Current.IsOperator("(") ? Arguments() : ArgumentList.Empty, line);
        }

        return value;
    }

    /// <summary>What is assigned to: a name, a namespace's member, or a tuple of them.</summary>
    /// <param name="withNamespaces">Whether members of namespaces may be.</param>
    public Target Target(bool withNamespaces)
    {
        List<Target> items = [];
        var isTuple = false;
        while (!IsTupleEnd() && !_tokens.Current.IsName("in"))
        {
            items.Add(OneTarget(withNamespaces));
            if (!_tokens.SkipOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        return isTuple ? new TupleTarget(items) : items.Count == 1 ? items[0] : throw _tokens.Unexpected("a name to assign to");
    }

    /// <summary>The arguments of a call, with their brackets.</summary>
    public ArgumentList Arguments()
    {
        _tokens.ExpectOperator("(");
        List<Expression> positional = [];
        List<KeyValuePair<string, Expression>> named = [];
        Expression? more = null, moreNamed = null;
        while (!_tokens.SkipOperator(")"))
        {
            if (_tokens.SkipOperator("*") && more is null && moreNamed is null)
            {
                more = Whole();
            }
            else if (_tokens.SkipOperator("**") && moreNamed is null)
            {
                moreNamed = Whole();
            }
            else if (_tokens.Current.Kind == TokenKind.Name && _tokens.Following.IsOperator("=") && moreNamed is null)
            {
                var name = _tokens.Next().Text;
                _tokens.Next();
                named.Add(KeyValuePair.Create(name, Whole()));
            }
            else if (named.Count == 0 && more is null && moreNamed is null)
            {
                positional.Add(Whole());
            }
            else
            {
                throw _tokens.Unexpected("a named argument");
            }

            if (!_tokens.Current.IsOperator(")"))
            {
                _tokens.ExpectOperator(",");
            }
        }

        return new ArgumentList(positional, named, more, moreNamed);
    }

    private bool IsTupleEnd() =>
        _tokens.Current.Kind is TokenKind.PrintEnd or TokenKind.BlockEnd or TokenKind.End || _tokens.Current.IsOperator(")");

    private Target OneTarget(bool withNamespaces)
    {
        if (_tokens.SkipOperator("("))
        {
            Enter();
            var inner = Target(withNamespaces);
            _depth--;
            _tokens.ExpectOperator(")");
            return inner;
        }

        var line = _tokens.Line;
        var name = _tokens.ExpectName().Text;
        if (name is "true" or "false" or "none" or "True" or "False" or "None")
        {
            throw new TemplateFault($"'{name}' cannot be assigned to", line);
        }

        if (!withNamespaces || !_tokens.SkipOperator("."))
        {
            return new NameTarget(name);
        }

        NamesRead.Add(name);
        return new MemberTarget(name, _tokens.ExpectName().Text);
    }

    private Expression Or()
    {
        var left = And();
        while (_tokens.SkipName("or"))
        {
            left = new Either(left, And());
        }

        return left;
    }

    private Expression And()
    {
        var left = Not();
        while (_tokens.SkipName("and"))
        {
            left = new Both(left, Not());
        }

        return left;
    }

    private Expression Not()
    {
        if (!_tokens.SkipName("not"))
        {
            return Comparison();
        }

        Enter();
        var inner = new Negation(Not());
        _depth--;
        return inner;
    }

    private Expression Comparison()
    {
        var first = Sum();
        List<(string Sign, Expression Value)> rest = [];
        while (true)
        {
            if (_tokens.Current.Kind == TokenKind.Operator && Comparisons.Contains(_tokens.Current.Text))
            {
                rest.Add((_tokens.Next().Text, Sum()));
            }
            else if (_tokens.SkipName("in"))
            {
                rest.Add(("in", Sum()));
            }
            else if (_tokens.Current.IsName("not") && _tokens.Following.IsName("in"))
            {
                _tokens.Next();
                _tokens.Next();
                rest.Add(("not in", Sum()));
            }
            else
            {
                return rest.Count == 0 ? first : new Comparison(first, rest);
            }
        }
    }

    private Expression Sum()
    {
        var left = Concatenation();
        while (_tokens.Current.IsOperator("+") || _tokens.Current.IsOperator("-"))
        {
            left = new Binary(_tokens.Next().Text, left, Concatenation());
        }

        return left;
    }

    private Expression Concatenation()
    {
        var first = Product();
        if (!_tokens.Current.IsOperator("~"))
        {
            return first;
        }

        List<Expression> parts = [first];
        while (_tokens.SkipOperator("~"))
        {
            parts.Add(Product());
        }

        return new Concatenation(parts);
    }

    private Expression Product()
    {
        var left = Power();
        while (_tokens.Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" })
        {
            left = new Binary(_tokens.Next().Text, left, Power());
        }

        return left;
    }

    private Expression Power()
    {
        var left = Signed(withFilters: true);
        while (_tokens.SkipOperator("**"))
        {
            left = new Binary("**", left, Signed(withFilters: true));
        }

        return left;
    }

    private Expression Signed(bool withFilters)
    {
        Expression value;
        if (_tokens.Current is { Kind: TokenKind.Operator, Text: "-" or "+" })
        {
            Enter();
            value = new Sign(_tokens.Next().Text == "-", Signed(withFilters: false));
            _depth--;
        }
        else
        {
            value = Primary();
        }

        value = Behind(value);
        return withFilters ? FiltersAndTests(value) : value;
    }

    private Expression Primary()
    {
        var token = _tokens.Current;
        switch (token)
        {
            case { Kind: TokenKind.Name }:
                _tokens.Next();
                return NameOrConstant(token);
            case { Kind: TokenKind.String }:
                var text = _tokens.Next().Text;
                while (_tokens.Current.Kind == TokenKind.String)
                {
                    text += _tokens.Next().Text;
                }

                return new Constant(text);
            case { Kind: TokenKind.Integer }:
                return new Constant(NumberLiteral.Integer(_tokens.Next()));
            case { Kind: TokenKind.Float }:
                return new Constant(NumberLiteral.Float(_tokens.Next()));
            case { Kind: TokenKind.Operator, Text: "(" }:
                _tokens.Next();
                Enter();
                var inner = Tuple(inParentheses: true);
                _depth--;
                _tokens.ExpectOperator(")");
                return inner;
            case { Kind: TokenKind.Operator, Text: "[" }:
                return List();
            case { Kind: TokenKind.Operator, Text: "{" }:
                return Dictionary();
            default:
                throw _tokens.Unexpected("an expression");
        }
    }

    private Expression NameOrConstant(Token token)
    {
        switch (token.Text)
        {
            case "true" or "True":
                return new Constant(true);
            case "false" or "False":
                return new Constant(false);
            case "none" or "None":
                return new Constant(null);
            default:
                NamesRead.Add(token.Text);
                return new Name(token.Text);
        }
    }

    private ListDisplay List()
    {
        _tokens.ExpectOperator("[");
        List<Expression> items = [];
        while (!_tokens.SkipOperator("]"))
        {
            items.Add(Whole());
            if (!_tokens.Current.IsOperator("]"))
            {
                _tokens.ExpectOperator(",");
            }
        }

        return new ListDisplay(items);
    }

    private DictionaryDisplay Dictionary()
    {
        _tokens.ExpectOperator("{");
        List<KeyValuePair<Expression, Expression>> items = [];
        while (!_tokens.SkipOperator("}"))
        {
            var key = Whole();
            _tokens.ExpectOperator(":");
            items.Add(KeyValuePair.Create(key, Whole()));
            if (!_tokens.Current.IsOperator("}"))
            {
                _tokens.ExpectOperator(",");
            }
        }

        return new DictionaryDisplay(items);
    }

    /// <summary>Members, items and calls behind a value.</summary>
    private Expression Behind(Expression value)
    {
        while (true)
        {
            if (_tokens.SkipOperator("."))
            {
                value = _tokens.Current.Kind switch
                {
                    TokenKind.Name => new Member(value, _tokens.Next().Text),
                    TokenKind.Integer => new Item(value, new Constant(NumberLiteral.Integer(_tokens.Next()))),
                    _ => throw _tokens.Unexpected("a name or a number"),
                };
            }
            else if (_tokens.SkipOperator("["))
            {
                value = new Item(value, Subscript());
            }
            else if (_tokens.Current.IsOperator("("))
            {
                value = Call(value);
            }
            else
            {
                return value;
            }
        }
    }

    private Call Call(Expression callee)
    {
        var line = _tokens.Line;
        return new Call(callee, Arguments(), line);
    }

    private Expression Subscript()
    {
        List<Expression> parts = [];
        var isTuple = false;
        while (!_tokens.SkipOperator("]"))
        {
            parts.Add(OneSubscript());
            if (_tokens.SkipOperator(","))
            {
                isTuple = true;
            }
            else if (!_tokens.Current.IsOperator("]"))
            {
                throw _tokens.Unexpected("']'");
            }
        }

        return parts.Count == 1 && !isTuple ? parts[0] : new TupleDisplay(parts);
    }

    private Expression OneSubscript()
    {
        var start = _tokens.Current.IsOperator(":") ? null : Whole();
        if (!_tokens.SkipOperator(":"))
        {
            return start!;
        }

        var stop = SlicePart();
        return new Slice(start, stop, _tokens.SkipOperator(":") ? SlicePart() : null);
    }

    private Expression? SlicePart() =>
        _tokens.Current is { Kind: TokenKind.Operator, Text: ":" or "]" or "," } ? null : Whole();

    private Expression FiltersAndTests(Expression value)
    {
        while (true)
        {
            if (_tokens.Current.IsOperator("|"))
            {
                value = Filters(value);
            }
            else if (_tokens.SkipName("is"))
            {
                value = Test(value);
            }
            else if (_tokens.Current.IsOperator("("))
            {
                value = Call(value);
            }
            else
            {
                return value;
            }
        }
    }

    private Expression Test(Expression value)
    {
        var negated = _tokens.SkipName("not");
        var line = _tokens.Line;
        var name = DottedName();
        var arguments = ArgumentList.Empty;
        if (_tokens.Current.IsOperator("("))
        {
            arguments = Arguments();
        }
        else if (IsTestArgument(_tokens.Current))
        {
            if (_tokens.Current.IsName("is"))
            {
                throw new TemplateFault("tests cannot be chained with 'is'; put the first one in brackets", line);
            }

            arguments = new ArgumentList([Behind(Primary())], [], null, null);
        }

        Expression test = new TestCall(name, value, arguments, line);
        return negated ? new Negation(test) : test;
    }

    private static bool IsTestArgument(Token token) => token.Kind switch
    {
        TokenKind.Name => token.Text is not ("else" or "or" or "and"),
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Operator => token.Text is "[" or "{",
        _ => false,
    };

    private string DottedName()
    {
        var name = _tokens.ExpectName().Text;
        while (_tokens.SkipOperator("."))
        {
            name += "." + _tokens.ExpectName().Text;
        }

        return name;
    }

    private void Enter()
    {
        if (++_depth > _deepest || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateFault($"more than {_deepest} expressions stand inside each other", _tokens.Line);
        }
    }
}
