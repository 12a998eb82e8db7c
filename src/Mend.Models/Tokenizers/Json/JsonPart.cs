using System.Text.Json;

namespace Mend.Models.Tokenizers.Json;

/// <summary>A JSON value together with the file and the path it came from, so that every error can name both.</summary>
/// <param name="Value">The value; valid as long as its document.</param>
/// <param name="File">The file's path.</param>
/// <param name="Path">Where in the file, such as "model.vocab"; empty for the whole file.</param>
internal readonly record struct JsonPart(JsonElement Value, string File, string Path)
{
    /// <summary>The component's "type".</summary>
    public string Type => String("type");

    public JsonPart Required(string name) => Optional(name) ?? throw Error($"'{Join(name)}' is missing.");

    /// <summary>A property; null when it is missing or JSON null.</summary>
    public JsonPart? Optional(string name)
    {
        if (Value.ValueKind != JsonValueKind.Object)
        {
            throw WrongKind("an object");
        }

        return Value.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? new JsonPart(value, File, Join(name))
            : null;
    }

    public string String(string name) => Required(name).AsString();

    public string? OptionalString(string name) => Optional(name)?.AsString();

    public bool Bool(string name, bool fallback) => Optional(name)?.AsBool() ?? fallback;

    public bool? OptionalBool(string name) => Optional(name)?.AsBool();

    public int Int(string name) => Required(name).AsInt();

    public string AsString() => Value.ValueKind == JsonValueKind.String ? TextOf(Value) : throw WrongKind("a string");

    /// <summary>A string below this part, read without noting its own path.</summary>
    public string TextOf(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(e);
        }
    }

    /// <summary>A property's name, likewise.</summary>
    public string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException e)
        {
            throw NotUnicode(e);
        }
    }

    public bool AsBool() => Value.ValueKind is JsonValueKind.True or JsonValueKind.False
        ? Value.GetBoolean()
        : throw WrongKind("true or false");

    public int AsInt() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var number) && number >= 0
        ? number
        : throw WrongKind("an integer that is not negative");

    public double AsDouble() => Value.ValueKind == JsonValueKind.Number ? Value.GetDouble() : throw WrongKind("a number");

    public IReadOnlyList<JsonPart> Items(string name) => Required(name).AsItems();

    public IReadOnlyList<JsonPart> AsItems()
    {
        if (Value.ValueKind != JsonValueKind.Array)
        {
            throw WrongKind("a list");
        }

        var items = new List<JsonPart>(Value.GetArrayLength());
        foreach (var item in Value.EnumerateArray())
        {
            items.Add(new JsonPart(item, File, $"{Path}[{items.Count}]"));
        }

        return items;
    }

    public IEnumerable<(string Name, JsonPart Value)> Properties()
    {
        if (Value.ValueKind != JsonValueKind.Object)
        {
            throw WrongKind("an object");
        }

        foreach (var property in Value.EnumerateObject())
        {
            var name = NameOf(property);
            yield return (name, new JsonPart(property.Value, File, Join(name)));
        }
    }

    /// <summary>A malformed file.</summary>
    public TokenizerException Error(string problem, Exception? cause = null) =>
        new(File, problem, "Take the file from the published checkpoint again, or write it anew with save_pretrained.", cause);

    /// <summary>A component that is well-formed but not known here.</summary>
    /// <param name="kind">What it is, such as "normalizer".</param>
    /// <param name="supported">The types that are known.</param>
    public TokenizerException Unsupported(string kind, string supported) => new(
        File,
        $"{(Path.Length == 0 ? kind : $"'{Path}'")} is a {kind} of type '{Type}', which is not supported; supported are {supported}.",
        "Use a checkpoint whose tokenizer has supported parts, or register an ITokenizerSource that reads this one.");

    /// <summary>JSON may hold escapes of lone surrogates ("\ud800"), which are no text.</summary>
    private TokenizerException NotUnicode(Exception cause) => Error($"a text at or below '{Path}' is not valid Unicode: {cause.Message}", cause);

    private TokenizerException WrongKind(string wanted) =>
        Error($"'{(Path.Length == 0 ? "the file" : Path)}' is {Describe()}; {wanted} was expected.");

    private string Describe() => Value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null or JsonValueKind.Undefined => "null",
        _ => Value.GetRawText() is { Length: <= 40 } text ? text : Value.GetRawText()[..40] + "…",
    };

    private string Join(string name) => Path.Length == 0 ? name : $"{Path}.{name}";
}
