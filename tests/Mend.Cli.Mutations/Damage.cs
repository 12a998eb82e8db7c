using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Mend.Cli.Mutations;

/// <summary>Damage that knows nothing of what it meets: bits that flip, parts that are lost, doubled or exchanged.</summary>
internal static class ByteDamage
{
    public static byte[] Apply(byte[] content, Random random)
    {
        List<byte> bytes = [.. content];
        for (int times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            int at = random.Next(bytes.Count), length = Math.Min(bytes.Count - at, 1 << random.Next(0, 11));
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                default:
                    bytes.RemoveRange(at, length);
                    bytes.InsertRange(at, Enumerable.Repeat(random.Next(2) == 0 ? (byte)0 : (byte)0xFF, length));
                    break;
            }
        }

        return [.. bytes];
    }
}

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

/// <summary>Damage to safetensors: to the header as JSON, to its length, or anywhere.</summary>
internal static class SafetensorsDamage
{
    public static byte[] Apply(byte[] content, Random random)
    {
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(content);
        switch (random.Next(5))
        {
            case 0:
                return ByteDamage.Apply(content, random);
            case 1:
                byte[] prefixed = [.. content];
                BinaryPrimitives.WriteInt64LittleEndian(prefixed, GgufDamage.Extreme(random));
                return prefixed;
            default:
                byte[] header = JsonDamage.Apply(content[8..(8 + length)], random), prefix = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
                return [.. prefix, .. header, .. content.AsSpan(8 + length)];
        }
    }
}

/// <summary>Damage to GGUF files, mostly to what describes the tensors: numbers become extreme.</summary>
internal static class GgufDamage
{
    public static byte[] Apply(byte[] content, Random random)
    {
        if (random.Next(4) == 0)
        {
            return ByteDamage.Apply(content, random);
        }

        byte[] bytes = [.. content];
        for (int times = random.Next(1, 3); times > 0; times--)
        {
            int at = random.Next(Math.Min(bytes.Length, random.Next(2) == 0 ? 256 : 8192) - 8);
            if (random.Next(2) == 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), (int)Extreme(random));
            }
            else
            {
                BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), Extreme(random));
            }
        }

        return bytes;
    }

    public static long Extreme(Random random) => random.Next(8) switch
    {
        0 => 0,
        1 => -1,
        2 => int.MaxValue,
        3 => long.MaxValue,
        4 => 1L << random.Next(63),
        5 => -(1L << random.Next(63)),
        6 => random.Next(40),
        _ => random.NextInt64(),
    };
}

/// <summary>Damage to chat templates: signs and words of the language where they do not belong, and work without end.</summary>
internal static class TemplateDamage
{
    private static readonly string[] Words =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "{%-", "-%}", "(", ")", "[", "]", "'", "\"", "|", ".", ",", ":", "~", "not ", " in ", " is ", " if ", " else ", "{% endif %}", "{% endfor %}",
        "{% for i in range(999999999) %}x{% endfor %}", "{{ range(10 ** 9) | list | length }}", "{{ 'a' * 999999999 }}", "{{ 10 ** 10 ** 10 }}", "{{ 1 // 0 }}", "{{ messages[99] }}",
        "{{ messages | tojson(indent=999999) }}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{{ raise_exception('no') }}", "{% include 'x' %}", "{{ none.x.y }}", "{{ 'x'.join(5) }}",
        "{% set x = namespace() %}", "{{ '%0999999999d' % 5 }}", "{{ '{:>999999999}'.format(1) }}", "{{ strftime_now('%Q') }}", "{{ messages | sort | first }}", "{{ -5 % 0 }}", "{% break %}",
        "{{ ''.center(999999999) }}", "{{ [1] * 999999999 }}", "{{ ('a' * 1000).replace('a', 'b' * 1000000) }}",
    ];

    public static byte[] Apply(byte[] content, Random random)
    {
        if (random.Next(4) == 0)
        {
            return ByteDamage.Apply(content, random);
        }

        string text = Encoding.UTF8.GetString(content);
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            int at = random.Next(text.Length + 1), length = Math.Min(text.Length - at, random.Next(12));
            text = random.Next(3) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, Words[random.Next(Words.Length)]),
                _ => text.Remove(at, length).Insert(at, Words[random.Next(Words.Length)]),
            };
        }

        return Encoding.UTF8.GetBytes(text);
    }
}

/// <summary>Damage to files of edits: to a record, to the file, or to both.</summary>
internal static class RecordDamage
{
    public static byte[] Apply(byte[] content, Random random)
    {
        string text = Encoding.UTF8.GetString(content);
        if (random.Next(4) == 0 || text.TrimStart().StartsWith('['))
        {
            return JsonDamage.Apply(content, random);
        }

        string[] lines = text.Split('\n');
        int at = random.Next(Math.Min(2, lines.Length));
        return Encoding.UTF8.GetBytes(string.Join('\n', lines[..at].Append(Encoding.UTF8.GetString(JsonDamage.Apply(Encoding.UTF8.GetBytes(lines[at]), random))).Concat(lines[(at + 1)..])));
    }
}
