using System.Numerics;

namespace Mend.Models.Chat.Jinja.Values;

/// <summary>What counts as true: everything but false, none, undefined, zero and what is empty.</summary>
internal static class Truth
{
    public static bool Of(object? value) => value switch
    {
        null or Undefined => false,
        bool b => b,
        BigInteger number => !number.IsZero,
        double number => number != 0,
        string text => text.Length > 0,
        SafeText safe => safe.Text.Length > 0,
        Sequence sequence => sequence.Items.Count > 0,
        DictionaryValue dictionary => dictionary.Count > 0,
        DictionaryView view => view.Count > 0,
        _ => true,
    };
}
