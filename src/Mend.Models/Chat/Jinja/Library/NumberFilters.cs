using System.Numerics;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>Filters that give numbers.</summary>
internal static class NumberFilters
{
    public static Dictionary<string, Filter> All { get; } = new()
    {
        ["int"] = (run, a) => Int(a.Bind("int", "value", "default?", "base?")),
        ["float"] = (run, a) => Float(a.Bind("float", "value", "default?")),
        ["abs"] = (run, a) => Abs(a.Bind("abs", "value")[0]),
        ["round"] = (run, a) => Round(a.Bind("round", "value", "precision?", "method?")),
        ["length"] = (run, a) => Length(run, a.Bind("length", "value")[0]),
        ["count"] = (run, a) => Length(run, a.Bind("count", "value")[0]),
    };

    private static object? Int(BoundArguments arguments)
    {
        var fallback = arguments.Given[1] ? arguments[1] : BigInteger.Zero;
        switch (arguments[0])
        {
            case Undefined undefined:
                throw undefined.Fault();
            case string or SafeText:
                var radix = arguments.Int(2, 10);
                if (radix is not 0 and (< 2 or > 36))
                {
                    return fallback;
                }

                return Numbers.ParseInteger(arguments.Text(0), radix) ?? (Numbers.ParseFloat(arguments.Text(0)) is { } read && double.IsFinite(read) ? new BigInteger(read) : fallback);
            case double number:
                return double.IsFinite(number) ? new BigInteger(number) : double.IsNaN(number) ? fallback : throw new TemplateFault("cannot convert float infinity to integer");
            default:
                return Numbers.AsInteger(arguments[0]) ?? fallback;
        }
    }

    private static object? Float(BoundArguments arguments) => arguments[0] switch
    {
        Undefined undefined => throw undefined.Fault(),
        string or SafeText => Numbers.ParseFloat(arguments.Text(0)) ?? (arguments.Given[1] ? arguments[1] : 0.0),
        var value when Numbers.IsNumber(value) => Numbers.AsFloat(value),
        _ => arguments.Given[1] ? arguments[1] : 0.0,
    };

    private static object Abs(object? value) => value is double number ? Math.Abs(number)
        : BigInteger.Abs(Numbers.AsInteger(value) ?? throw (value as Undefined)?.Fault() ?? new TemplateFault($"bad operand type for abs(): '{TypeNames.Of(value)}'"));

    private static object Round(BoundArguments arguments)
    {
        var value = arguments[0];
        var digits = arguments.Int(1, 0);
        if (!Numbers.IsNumber(value))
        {
            throw (value as Undefined)?.Fault() ?? new TemplateFault($"type {TypeNames.Of(value)} doesn't define __round__ method");
        }

        switch (arguments.Text(2, "common"))
        {
            case "common":
                return value is double number ? Decimals.Round(number, digits)
                    : digits >= 0 ? Numbers.AsInteger(value)!.Value
                    : digits < -Numbers.MostDigits ? BigInteger.Zero
                    : Decimals.DivideRounding(Numbers.AsInteger(value)!.Value, BigInteger.Pow(10, -digits)) * BigInteger.Pow(10, -digits);
            case "ceil" or "floor":
                var scale = Math.Pow(10, digits);
                var scaled = Numbers.AsFloat(value) * scale;
                return (arguments.Text(2) == "ceil" ? Math.Ceiling(scaled) : Math.Floor(scaled)) / scale;
            default:
                throw new TemplateFault("method must be common, ceil or floor");
        }
    }

    private static object Length(RenderRun run, object? value)
    {
        if (TextOf.Plain(value) is { } text)
        {
            run.Scan(text.Length);
        }

        return Iteration.Length(run, value) is { } length ? (BigInteger)length : throw new TemplateFault($"object of type '{TypeNames.Of(value)}' has no len()");
    }
}
