using System.Text.Json;

namespace Mend.Models.Tokenizers.Json;

/// <summary>An open JSON file. Its parts live until it is disposed.</summary>
internal sealed class JsonFile : IDisposable
{
    private static readonly JsonDocumentOptions Options = new() { AllowTrailingCommas = false, MaxDepth = 64 };

    private readonly JsonDocument _document;

    private JsonFile(JsonDocument document, string path)
    {
        _document = document;
        Root = new JsonPart(document.RootElement, path, "");
    }

    /// <summary>The whole file.</summary>
    public JsonPart Root { get; }

    /// <exception cref="TokenizerException">The file cannot be read, or is not JSON with an object at its top.</exception>
    public static JsonFile Open(string path)
    {
        JsonDocument document;
        try
        {
            using var stream = File.OpenRead(path);
            document = JsonDocument.Parse(stream, Options);
        }
        catch (JsonException e)
        {
            throw new TokenizerException(
                path, $"this is not JSON: {e.Message}", "Download the file again; it may be cut off, or a Git LFS pointer.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TextFile.Unreadable(path, e);
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return new JsonFile(document, path);
        }

        var found = document.RootElement.ValueKind;
        document.Dispose();
        throw new TokenizerException(
            path, $"the file holds a JSON {found}; an object was expected.", "Take the file from the published checkpoint again.");
    }

    /// <summary>Reads text that stands for a file.</summary>
    /// <param name="json">An object, as UTF-8.</param>
    /// <param name="path">Where it is from, for messages.</param>
    public static JsonFile Parse(ReadOnlyMemory<byte> json, string path) => new(JsonDocument.Parse(json, Options), path);

    /// <summary>Opens a file of a folder; null when it is not there.</summary>
    public static JsonFile? OpenIfThere(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return File.Exists(path) ? Open(path) : null;
    }

    public void Dispose() => _document.Dispose();
}
