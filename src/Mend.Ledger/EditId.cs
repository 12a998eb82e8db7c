using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mend.Ledger;

/// <summary>
/// The id of one edit, chosen by whoever starts it and kept when the edit is tried again. Usable as a file name on every
/// platform: 1 to 64 of a-z, 0-9, '-' and '_' (no capitals: some file systems ignore case). Compared by value;
/// <c>default</c> is not an id and is refused by every method.
/// </summary>
[JsonConverter(typeof(EditIdJsonConverter))]
public readonly record struct EditId
{
    /// <summary>The most characters an id may have.</summary>
    public const int MaxLength = 64;

    private static readonly SearchValues<char> Allowed = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly string? _value;

    /// <summary>Creates an id from its text.</summary>
    /// <param name="value">1 to 64 of a-z, 0-9, '-' and '_'.</param>
    /// <exception cref="ArgumentException">The text is empty, too long or has another character.</exception>
    public EditId(string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(value);
        if (!IsValid(value))
        {
            throw new ArgumentException($"'{value}' is not an edit id: use 1 to {MaxLength} of a-z, 0-9, '-' and '_'.", nameof(value));
        }

        _value = value;
    }

    /// <summary>Creates an id from a GUID that the caller drew.</summary>
    /// <param name="value">The GUID; a version 7 GUID keeps folders in order of time.</param>
    public EditId(Guid value)
        : this(value.ToString("n"))
    {
    }

    /// <summary>The text.</summary>
    /// <exception cref="InvalidOperationException">This is <c>default</c>.</exception>
    public string Value => _value ?? throw new InvalidOperationException("default(EditId) is not an edit id; create one from text or from a GUID.");

    /// <inheritdoc/>
    public override string ToString() => _value ?? "(none)";

    internal static bool IsValid(string value) =>
        value.Length is >= 1 and <= MaxLength && value.AsSpan().IndexOfAnyExcept(Allowed) < 0;
}

internal sealed class EditIdJsonConverter : JsonConverter<EditId>
{
    public override EditId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? text = reader.GetString();
        return text is not null && EditId.IsValid(text) ? new EditId(text) : throw new JsonException($"'{text}' is not an edit id.");
    }

    public override void Write(Utf8JsonWriter writer, EditId value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);
}
