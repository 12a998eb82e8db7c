using System.Globalization;
using Mend.Models.Tokenizers.Unicode;

namespace Mend.Models.Tokenizers.Patterns;

/// <summary>
/// Characters of the basic plane that stand in for those beyond it. .NET's Regex reads UTF-16 units, so \p{L} does not match
/// 𝒳, which is two surrogates; a rare letter in its place does match. Each stand-in has the general category of what it
/// stands for, no other case, and is unlikely to be named by a pattern.
/// </summary>
internal static class StandIns
{
    private static readonly char[] ByCategory = Build();

    /// <summary>A character of the basic plane with the general category of a code point beyond it.</summary>
    public static char For(int codePoint) => ByCategory[(int)CodePoints.Category(codePoint)];

    private static char[] Build()
    {
        var standIns = new char[(int)UnicodeCategory.OtherNotAssigned + 1];
        Array.Fill(standIns, '\uFFFE');
        foreach (var c in "\u03D2\u0138\uA788\uA8F2\uA66F\uA880\u0489\uA8D0\uA6E6\uA830\u2064\uE000\uFE4F\u2E3A\u2E42\u2991\u2992\u2E02\u2E03\uA874\u2AFF\uA838\uA700\uA828")
        {
            standIns[(int)CodePoints.Category(c)] = c;
        }

        return standIns;
    }
}
