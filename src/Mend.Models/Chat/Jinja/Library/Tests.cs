using System.Numerics;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>The tests of Jinja: what stands behind "is".</summary>
internal static class Tests
{
    private delegate bool Test(RenderRun run, object? value, CallArguments arguments);

    private static readonly Dictionary<string, Test> All = new(StringComparer.Ordinal)
    {
        ["defined"] = (_, value, _) => value is not Undefined,
        ["undefined"] = (_, value, _) => value is Undefined,
        ["none"] = (_, value, _) => value is null,
        ["boolean"] = (_, value, _) => value is bool,
        ["true"] = (_, value, _) => value is true,
        ["false"] = (_, value, _) => value is false,
        ["integer"] = (_, value, _) => value is BigInteger,
        ["float"] = (_, value, _) => value is double,
        ["number"] = (_, value, _) => Numbers.IsNumber(value),
        ["string"] = (_, value, _) => value is string or SafeText,
        ["mapping"] = (_, value, _) => value is DictionaryValue,
        ["sequence"] = (_, value, _) => value is Sequence or DictionaryValue or string or SafeText or Undefined,
        ["iterable"] = (_, value, _) => value is Sequence or DictionaryValue or DictionaryView or IteratorValue or string or SafeText or Undefined or LoopValue,
        ["callable"] = (_, value, _) => value is Callable or Undefined,
        ["sameas"] = (_, value, a) => a.Bind("sameas", "other")[0] is var other && (ReferenceEquals(value, other) || (value is bool && value.Equals(other))),
        ["escaped"] = (_, value, _) => value is SafeText,
        ["odd"] = (run, value, _) => Remainder(run, value, BigInteger.One + 1) is BigInteger { IsOne: true } or 1.0,
        ["even"] = (run, value, _) => Remainder(run, value, BigInteger.One + 1) is BigInteger { IsZero: true } or 0.0,
        ["divisibleby"] = (run, value, a) => Remainder(run, value, a.Bind("divisibleby", "num")[0]) is BigInteger { IsZero: true } or 0.0,
        ["lower"] = (run, value, _) => TextMethods.All["islower"](run, TextOf.Str(run, value), new CallArguments([], [])) is true,
        ["upper"] = (run, value, _) => TextMethods.All["isupper"](run, TextOf.Str(run, value), new CallArguments([], [])) is true,
        ["in"] = (run, value, a) => Members.Contains(run, a.Bind("in", "seq")[0], value),
        ["filter"] = (_, value, _) => TextOf.Plain(value) is { } name && Filters.Exists(name),
        ["test"] = (_, value, _) => TextOf.Plain(value) is { } name && Exists(name),
        ["=="] = Equal("=="),
        ["eq"] = Equal("eq"),
        ["equalto"] = Equal("equalto"),
        ["!="] = (run, value, a) => !Equal("!=")(run, value, a),
        ["ne"] = (run, value, a) => !Equal("ne")(run, value, a),
        ["<"] = Ordered("<"),
        ["lt"] = Ordered("<"),
        ["lessthan"] = Ordered("<"),
        ["<="] = Ordered("<="),
        ["le"] = Ordered("<="),
        [">"] = Ordered(">"),
        ["gt"] = Ordered(">"),
        ["greaterthan"] = Ordered(">"),
        [">="] = Ordered(">="),
        ["ge"] = Ordered(">="),
    };

    /// <summary>Applies a test.</summary>
    public static bool Apply(RenderRun run, string name, object? value, CallArguments arguments)
    {
        run.Step();
        return All.TryGetValue(name, out var test) ? test(run, value, arguments) : throw new TemplateFault($"No test named '{name}'.");
    }

    private static bool Exists(string name) => All.ContainsKey(name);

    private static object? Remainder(RenderRun run, object? value, object? divisor) => Arithmetic.Apply(run, "%", value, divisor);

    private static Test Equal(string name) => (run, value, arguments) => Equality.AreEqual(run, value, arguments.Bind(name, "other")[0]);

    private static Test Ordered(string sign) => (run, value, arguments) => Ordering.Holds(run, sign, value, arguments.Bind(sign, "other")[0]);
}
