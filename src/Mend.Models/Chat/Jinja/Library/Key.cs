using System.Globalization;
using System.Numerics;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja.Library;

/// <summary>What filters look at of a value: the argument "attribute", such as "function.name" or 0.</summary>
internal static class Key
{
    /// <summary>Finds the value behind an attribute.</summary>
    /// <param name="run">Counts what it costs.</param>
    /// <param name="attribute">Its path; null for the value itself.</param>
    /// <param name="ignoreCase">Whether texts are compared in lower case.</param>
    /// <param name="fallback">What stands for undefined; null for nothing.</param>
    public static Func<object?, object?> Of(RenderRun run, object? attribute, bool ignoreCase = false, object? fallback = null)
    {
        var path = Path(attribute);
        return item =>
        {
            foreach (var part in path)
            {
                item = Members.Item(run, item, part);
                item = item is Undefined && fallback is not null ? fallback : item;
            }

            return ignoreCase && TextOf.Plain(item) is { } text ? run.Made(Characters.Lower(text)) : item;
        };
    }

    /// <summary>The same for several attributes with commas between them: a tuple of what is behind each.</summary>
    public static Func<object?, object?> Several(RenderRun run, object? attributes, bool ignoreCase)
    {
        List<Func<object?, object?>> keys = TextOf.Plain(attributes) is { } text
            ? [.. text.Split(',').Select(a => Of(run, a, ignoreCase))]
            : [Of(run, attributes, ignoreCase)];
        return item => run.List(keys.Select(k => k(item)));
    }

    private static object?[] Path(object? attribute) => attribute is null ? []
        : TextOf.Plain(attribute) is { } text
            ? [.. text.Split('.').Select(p => p.Length is > 0 and < 10 && p.All(char.IsAsciiDigit) ? (object?)BigInteger.Parse(p, CultureInfo.InvariantCulture) : p)]
            : [attribute];
}
