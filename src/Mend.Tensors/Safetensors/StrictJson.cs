using System.Text.Json;

namespace Mend.Tensors;

/// <summary>
/// Parses JSON from files that nobody here has written. The library's own parser takes bytes and escapes that are no Unicode text, and
/// fails only when somebody asks for the string; here such text is no JSON either.
/// </summary>
public static class StrictJson
{
    /// <summary>Parses text.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonDocument Parse(string json) => Checked(JsonDocument.Parse(json));

    /// <summary>Parses UTF-8.</summary>
    /// <param name="json">The text; must not change while the document lives.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json) => Checked(JsonDocument.Parse(WithoutMark(json)));

    /// <summary>Throws when a name or text in a value is not Unicode.</summary>
    /// <param name="value">The value.</param>
    /// <exception cref="JsonException">One is not.</exception>
    public static void Check(JsonElement value)
    {
        try
        {
            Walk(value);
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException($"a name or text in it is not valid Unicode: {e.Message}", e);
        }
    }

    private static JsonDocument Checked(JsonDocument document)
    {
        try
        {
            Check(document.RootElement);
            return document;
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    private static void Walk(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                _ = value.GetString();
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Walk(item);
                }

                break;
            case JsonValueKind.Object:
                foreach (JsonProperty property in value.EnumerateObject())
                {
                    _ = property.Name;
                    Walk(property.Value);
                }

                break;
        }
    }

    /// <summary>Some editors put a byte order mark before UTF-8.</summary>
    private static ReadOnlyMemory<byte> WithoutMark(ReadOnlyMemory<byte> json) => json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json;
}
