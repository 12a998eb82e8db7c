using System.Text.Json;

namespace Mend.Editing;

/// <summary>A JSON object of a record, read field by field with errors that name the place and the field.</summary>
internal readonly struct RecordFields
{
    private readonly JsonElement _object;
    private readonly string _prefix;

    private RecordFields(JsonElement element, RecordPlace place, string prefix)
    {
        (_object, Place, _prefix) = (element, place, prefix);
    }

    /// <summary>Where the record stands.</summary>
    public RecordPlace Place { get; }

    /// <summary>The fields of a whole record.</summary>
    /// <exception cref="EditRecordException">It is no object.</exception>
    public static RecordFields Of(JsonElement record, RecordPlace place) => record.ValueKind == JsonValueKind.Object
        ? new RecordFields(record, place, "")
        : throw place.Error($"the record is {Show(record)}", "a JSON object with an edit is wanted");

    /// <summary>The names of the fields, for messages.</summary>
    public string Names()
    {
        string[] names = [.. _object.EnumerateObject().Select(p => p.Name).Take(13)];
        return names.Length == 0 ? "(none)" : string.Join(", ", names.Take(12)) + (names.Length > 12 ? ", ..." : "");
    }

    /// <summary>Whether a field is there and not null.</summary>
    public bool Has(string name) => _object.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>Whether a field is there and is of a kind.</summary>
    public bool Has(string name, JsonValueKind kind) => _object.TryGetProperty(name, out JsonElement value) && value.ValueKind == kind;

    /// <summary>A string without the space around it.</summary>
    /// <exception cref="EditRecordException">It is missing, blank, or no string.</exception>
    public string Text(string name) => OptionalText(name) ?? throw (Has(name)
        ? Place.Error($"'{_prefix}{name}' is blank", "text is wanted; correct the record or leave it out")
        : Place.Error($"'{_prefix}{name}' is missing", $"a string is wanted; the record has the fields {Names()}"));

    /// <summary>A string without the space around it; null when it is missing, null or blank.</summary>
    /// <exception cref="EditRecordException">It is no string.</exception>
    public string? OptionalText(string name) => Has(name) ? Blank(String(_object.GetProperty(name), name)) : null;

    /// <summary>Strings, trimmed, without the blank ones; a lone string counts as a list of one, a missing field as none.</summary>
    /// <exception cref="EditRecordException">It is something else.</exception>
    public IReadOnlyList<string> Texts(string name)
    {
        if (!Has(name) || Has(name, JsonValueKind.String))
        {
            return OptionalText(name) is { } one ? [one] : [];
        }

        List<string> texts = [];
        foreach (JsonElement element in Array(name))
        {
            if (Blank(String(element, name)) is { } text)
            {
                texts.Add(text);
            }
        }

        return texts;
    }

    /// <summary>A field's name as messages have it, with those of the objects that it is in.</summary>
    public string NameOf(string name) => _prefix + name;

    /// <summary>An answer: a string, or, as in ROME, an object with its text in "str".</summary>
    /// <exception cref="EditRecordException">It is missing, blank, or something else.</exception>
    public string Answer(string name) => Has(name, JsonValueKind.Object) ? Object(name).Text("str") : Text(name);

    /// <summary>An answer, or the first of a list of answers or of lists of them; null when there is none that is not blank.</summary>
    /// <exception cref="EditRecordException">It is something else.</exception>
    public string? OptionalAnswer(string name) => Has(name, JsonValueKind.Object) ? Object(name).Text("str") : Has(name) ? First(_object.GetProperty(name), name) : null;

    /// <summary>Whether a field is a list whose first element is an object.</summary>
    public bool HoldsObjects(string name) =>
        Has(name, JsonValueKind.Array) && _object.GetProperty(name).EnumerateArray().FirstOrDefault().ValueKind == JsonValueKind.Object;

    /// <summary>The objects in the lists that this object's fields are.</summary>
    /// <exception cref="EditRecordException">A field is no list of objects.</exception>
    public IReadOnlyList<RecordFields> Lists()
    {
        List<RecordFields> objects = [];
        foreach (JsonProperty list in _object.EnumerateObject())
        {
            objects.AddRange(Objects(list.Name));
        }

        return objects;
    }

    /// <summary>A nested object.</summary>
    /// <exception cref="EditRecordException">It is missing or no object.</exception>
    public RecordFields Object(string name) => Has(name)
        ? Nested(_object.GetProperty(name), name)
        : throw Place.Error($"'{_prefix}{name}' is missing", $"an object is wanted; the record has the fields {Names()}");

    /// <summary>Nested objects; a missing field counts as none.</summary>
    /// <exception cref="EditRecordException">It is no array of objects.</exception>
    public IReadOnlyList<RecordFields> Objects(string name)
    {
        List<RecordFields> objects = [];
        foreach (JsonElement element in Has(name) ? Array(name) : default)
        {
            objects.Add(Nested(element, name));
        }

        return objects;
    }

    /// <summary>The record's name: the first of these fields that is there, a string or a number, or else its number in the file.</summary>
    public string Id(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (Has(name))
            {
                JsonElement value = _object.GetProperty(name);
                return value.ValueKind == JsonValueKind.Number ? value.GetRawText() : String(value, name);
            }
        }

        return Place.Record.ToString();
    }

    private static string? Blank(string text) => text.Trim() is { Length: > 0 } trimmed ? trimmed : null;

    private string? First(JsonElement value, string name) => value.ValueKind == JsonValueKind.Array
        ? value.EnumerateArray().Select(FirstOf(name)).FirstOrDefault(text => text is not null)
        : Blank(String(value, name));

    private Func<JsonElement, string?> FirstOf(string name)
    {
        RecordFields own = this;
        return value => own.First(value, name);
    }

    private JsonElement.ArrayEnumerator Array(string name)
    {
        JsonElement value = _object.GetProperty(name);
        return value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Wrong(name, value, "a list");
    }

    private RecordFields Nested(JsonElement value, string name) => value.ValueKind == JsonValueKind.Object
        ? new RecordFields(value, Place, $"{_prefix}{name}.")
        : throw Wrong(name, value, "an object");

    private string String(JsonElement value, string name)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            throw Wrong(name, value, "a string");
        }

        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw Place.Error($"'{_prefix}{name}' holds bytes or escapes that are no Unicode text", "UTF-8 is wanted; convert the file", e);
        }
    }

    private EditRecordException Wrong(string name, JsonElement value, string wanted) =>
        Place.Error($"'{_prefix}{name}' holds {Show(value)}", $"{wanted} is wanted; correct the record");

    /// <summary>The kind of a value and not its text, which may be private.</summary>
    private static string Show(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "a list",
        JsonValueKind.Object => "an object",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => $"the number {value.GetRawText()}",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };
}
