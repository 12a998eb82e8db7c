using System.Numerics;
using Mend.Models.Chat.Jinja.Library;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>+ - * / // % ** as Python has them.</summary>
internal static class Arithmetic
{
    public static object? Sign(bool negative, object? value) => value switch
    {
        double number => negative ? -number : number,
        Undefined undefined => throw undefined.Fault(),
        _ when Numbers.AsInteger(value) is { } number => negative ? -number : number,
        _ => throw new TemplateFault($"bad operand type for unary {(negative ? '-' : '+')}: '{TypeNames.Of(value)}'"),
    };

    public static object? Apply(RenderRun run, string sign, object? a, object? b)
    {
        if (Numbers.IsNumber(a) && Numbers.IsNumber(b))
        {
            return Numbers.AsInteger(a) is { } x && Numbers.AsInteger(b) is { } y ? Whole(sign, x, y) : Float(sign, Numbers.AsFloat(a), Numbers.AsFloat(b));
        }

        if (a is string or SafeText && sign == "%")
        {
            return Texts.Like(a, PercentFormat.Format(run, TextOf.Plain(a)!, b));
        }

        // Texts do not look at what they are added to before it refuses.
        if ((a as Undefined ?? b as Undefined) is { } undefined)
        {
            throw undefined.Fault();
        }

        return (sign, a, b) switch
        {
            ("+", string x, string y) => run.Concat(x, y),
            ("+", string or SafeText, string or SafeText) => new SafeText(run.Concat(Texts.Escaped(a), Texts.Escaped(b))),
            ("+", ListValue x, ListValue y) => run.List(x.Items.Concat(y.Items)),
            ("+", TupleValue x, TupleValue y) => run.Tuple(x.Items.Concat(y.Items)),
            ("*", _, _) when Numbers.AsInteger(b) is { } times && Repeat(run, a, times) is { } repeated => repeated,
            ("*", _, _) when Numbers.AsInteger(a) is { } times && Repeat(run, b, times) is { } repeated => repeated,
            _ => throw Unsupported(sign, a, b),
        };
    }

    private static object? Repeat(RenderRun run, object? value, BigInteger times)
    {
        var count = Numbers.Clamp(BigInteger.Max(times, 0));
        switch (value)
        {
            case string or SafeText:
                var text = TextOf.Plain(value)!;
                run.AllocateText(checked((long)text.Length * count));
                return Texts.Like(value, text.Length == 1 ? new string(text[0], count) : string.Concat(Enumerable.Repeat(text, text.Length == 0 ? 0 : count)));
            case ListValue list:
                run.Allocate(8L * list.Items.Count * count);
                return run.List(Enumerable.Repeat(list.Items, list.Items.Count == 0 ? 0 : count).SelectMany(i => i));
            case TupleValue tuple:
                run.Allocate(8L * tuple.Items.Count * count);
                return run.Tuple(Enumerable.Repeat(tuple.Items, tuple.Items.Count == 0 ? 0 : count).SelectMany(i => i));
            default:
                return null;
        }
    }

    private static object Whole(string sign, BigInteger a, BigInteger b)
    {
        switch (sign)
        {
            case "+":
                return Numbers.Checked(a + b);
            case "-":
                return Numbers.Checked(a - b);
            case "*":
                return Numbers.Checked(a * b);
            case "/":
                return b.IsZero ? throw new TemplateFault("division by zero") : Numbers.AsFloat(a) / Numbers.AsFloat(b);
            case "//":
                return b.IsZero ? throw new TemplateFault("integer division or modulo by zero") : FloorDivide(a, b);
            case "%":
                return b.IsZero ? throw new TemplateFault("integer division or modulo by zero") : a - (FloorDivide(a, b) * b);
            default:
                if (b.Sign < 0)
                {
                    return Float("**", Numbers.AsFloat(a), Numbers.AsFloat(b));
                }

                return Power(a, b);
        }
    }

    private static BigInteger Power(BigInteger a, BigInteger b)
    {
        if (b.IsZero || BigInteger.Abs(a) <= 1)
        {
            return b.IsZero || (a.Sign < 0 && b.IsEven) ? BigInteger.One : a;
        }

        // Looked at before it is computed: every bit of a but the first is one of the result's for each unit of b.
        return (a.GetBitLength() - 1) * b <= 4 * Numbers.MostDigits
            ? Numbers.Checked(BigInteger.Pow(a, (int)b))
            : throw new TemplateFault($"a whole number has more than {Numbers.MostDigits} digits");
    }

    private static BigInteger FloorDivide(BigInteger a, BigInteger b)
    {
        var quotient = BigInteger.DivRem(a, b, out var rest);
        return !rest.IsZero && rest.Sign != b.Sign ? quotient - 1 : quotient;
    }

    private static object Float(string sign, double a, double b)
    {
        switch (sign)
        {
            case "+":
                return a + b;
            case "-":
                return a - b;
            case "*":
                return a * b;
            case "/":
                return b == 0 ? throw new TemplateFault("float division by zero") : a / b;
            case "//":
                return b == 0 ? throw new TemplateFault("float floor division by zero") : FloorDivide(a, b);
            case "%":
                return b == 0 ? throw new TemplateFault("float modulo") : Modulo(a, b);
            default:
                if (a == 0 && b < 0)
                {
                    throw new TemplateFault("0.0 cannot be raised to a negative power");
                }

                return a < 0 && b != Math.Floor(b) ? throw new TemplateFault("a negative number has no power that is no whole number") : Math.Pow(a, b);
        }
    }

    /// <summary>By way of the remainder, which is exact: a / b may be rounded up to the next whole number.</summary>
    private static double FloorDivide(double a, double b)
    {
        var quotient = (a - Modulo(a, b)) / b;
        var floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : quotient == 0 ? Math.CopySign(0, a / b) : floor;
    }

    private static double Modulo(double a, double b)
    {
        var rest = a % b;
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest == 0 ? Math.CopySign(0, b) : rest;
    }

    private static TemplateFault Unsupported(string sign, object? a, object? b) => sign == "+" && a is string or SafeText
        ? new TemplateFault($"can only concatenate str (not \"{TypeNames.Of(b)}\") to str")
        : new TemplateFault($"unsupported operand type(s) for {sign}: '{TypeNames.Of(a)}' and '{TypeNames.Of(b)}'");
}
