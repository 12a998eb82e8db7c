using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mend.Cli.Mutations;

/// <summary>Damage to JSON that mostly stays JSON: values of other kinds and sizes, lost, doubled and renamed fields.</summary>
internal static class JsonDamage
{
    /// <summary>Written in place of values; not all of them are JSON.</summary>
    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1", "2", "3", "7", "64", "1000000", "16777216", "2147483647", "2147483648", "-2147483648", "9223372036854775807", "1e308", "1e999",
        "-0.0", "0.5", "1e-45", "NaN", "-Infinity", "\"\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\"", "\"../../etc/passwd\"", "\"12\"", "[]", "{}", "[[]]", "[null]", "[0]", "{\"a\":1}",
        "\"(a+)+$\"", "[1,2,3]", "\"\ufffd\"", "\"float16\"", "{\"type\":\"x\"}",
    ];

    public static byte[] Apply(byte[] content, Random random)
    {
        if (random.Next(5) == 0)
        {
            return ByteDamage.Apply(content, random);
        }

        JsonNode? root;
        try
        {
            root = JsonNode.Parse(content);
        }
        catch (JsonException)
        {
            return ByteDamage.Apply(content, random);
        }

        Dictionary<string, string> raw = [];
        for (int times = random.Next(1, 3); times > 0 && root is not null; times--)
        {
            Change(root, random, raw);
        }

        string text = root?.ToJsonString() ?? "null";
        foreach ((string mark, string value) in raw)
        {
            text = text.Replace($"\"{mark}\"", value, StringComparison.Ordinal);
        }

        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>Goes down at random and changes a field or element there.</summary>
    private static void Change(JsonNode root, Random random, Dictionary<string, string> raw)
    {
        JsonNode at = root;
        while (Children(at) is { Count: > 0 } inner && random.Next(3) > 0)
        {
            at = inner[random.Next(inner.Count)];
        }

        switch (at)
        {
            case JsonObject { Count: > 0 } fields:
                string name = fields.ElementAt(random.Next(fields.Count)).Key;
                switch (random.Next(8))
                {
                    case 0:
                        fields.Remove(name);
                        break;
                    case 1:
                        fields[Renamed(name, random)] = fields[name]?.DeepClone();
                        fields.Remove(name);
                        break;
                    case 2:
                        fields[fields.ElementAt(random.Next(fields.Count)).Key] = fields[name]?.DeepClone();
                        break;
                    default:
                        fields[name] = Mark(random, raw);
                        break;
                }

                break;
            case JsonArray { Count: > 0 } items:
                int index = random.Next(items.Count);
                switch (random.Next(5))
                {
                    case 0:
                        items.RemoveAt(index);
                        break;
                    case 1:
                        items.Add(items[index]?.DeepClone());
                        break;
                    case 2:
                        items.Clear();
                        break;
                    default:
                        items[index] = Mark(random, raw);
                        break;
                }

                break;
        }
    }

    private static List<JsonNode> Children(JsonNode node) => node switch
    {
        JsonObject fields => [.. fields.Select(f => f.Value).Where(v => v is JsonObject or JsonArray).Select(v => v!)],
        JsonArray items => [.. items.Where(v => v is JsonObject or JsonArray).Select(v => v!)],
        _ => [],
    };

    private static string Renamed(string name, Random random) => random.Next(3) switch
    {
        0 => name + "_",
        1 => name.ToUpperInvariant(),
        _ => "",
    };

    private static JsonValue Mark(Random random, Dictionary<string, string> raw)
    {
        string mark = $"mark-{raw.Count}-of-damage";
        raw[mark] = Values[random.Next(Values.Length)];
        return JsonValue.Create(mark);
    }
}
