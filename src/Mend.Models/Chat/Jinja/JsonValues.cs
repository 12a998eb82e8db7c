using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Mend.Models.Chat.Jinja.Values;

namespace Mend.Models.Chat.Jinja;

/// <summary>JSON as the values of a template, as Python's json.loads reads it.</summary>
internal static class JsonValues
{
    public static object? Of(RenderRun run, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                DictionaryValue dictionary = new(run);
                foreach (var property in json.EnumerateObject())
                {
                    dictionary.Set(Granted(run, property.Name), Of(run, property.Value));
                }

                return dictionary;
            case JsonValueKind.Array:
                run.Grant(64L * json.GetArrayLength());
                return run.List(json.EnumerateArray().Select(item => Of(run, item)));
            case JsonValueKind.String:
                return Granted(run, json.GetString()!);
            case JsonValueKind.Number:
                return Number(json.GetRawText());
            case JsonValueKind.True or JsonValueKind.False:
                return json.GetBoolean();
            default:
                return null;
        }
    }

    /// <summary>A text from outside; a template may make some times as much from it.</summary>
    private static string Granted(RenderRun run, string text)
    {
        run.Grant(256 + (64L * text.Length));
        return text;
    }

    private static object Number(string text)
    {
        if (text.AsSpan().IndexOfAny(".eE") >= 0)
        {
            return double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        }

        return text.Length <= Numbers.MostDigits
            ? BigInteger.Parse(text, CultureInfo.InvariantCulture)
            : throw new TemplateFault($"a whole number has more than {Numbers.MostDigits} digits");
    }
}
