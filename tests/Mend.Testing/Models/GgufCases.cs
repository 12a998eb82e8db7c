using System.Text.Json;

namespace Mend.Testing;

/// <summary>The files in fixtures/gguf and what is expected of them.</summary>
public static class GgufCases
{
    private static readonly JsonDocument Document = JsonDocument.Parse(System.IO.File.ReadAllBytes(Fixtures.Path("gguf", "cases.json")));

    /// <summary>The whole of cases.json.</summary>
    public static JsonElement Root => Document.RootElement;

    /// <summary>The sound files' folders.</summary>
    public static TheoryData<string> Names => [.. Root.GetProperty("files").EnumerateObject().Select(f => f.Name)];

    /// <summary>The broken files, and what is wrong with each.</summary>
    public static TheoryData<string> Broken => [.. Root.GetProperty("broken").EnumerateObject().Select(f => f.Name).Where(n => n != "sound")];

    /// <summary>What is expected of a file.</summary>
    public static JsonElement File(string name) => Root.GetProperty("files").GetProperty(name);

    /// <summary>The path of a file.</summary>
    public static string Path(string name) => Fixtures.Path("gguf", name, "model.gguf");

    /// <summary>The path of a broken file.</summary>
    public static string BrokenPath(string name) => Fixtures.Path("gguf", "broken", name + ".gguf");
}
