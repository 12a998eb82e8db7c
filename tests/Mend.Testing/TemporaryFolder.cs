using System.Text.Json.Nodes;

namespace Mend.Testing;

/// <summary>A folder of a test's own, deleted with its content when disposed.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mend-test-").FullName;

    /// <summary>The path of a file or folder in it.</summary>
    public string this[string name] => System.IO.Path.Combine(Path, name);

    public TemporaryFolder With(string name, string content)
    {
        File.WriteAllText(this[name], content);
        return this;
    }

    public TemporaryFolder With(string name, JsonNode content) => With(name, content.ToJsonString());

    /// <summary>Copies files of a tokenizer of the fixtures, optionally under another name ("from=to").</summary>
    public TemporaryFolder From(string tokenizer, params string[] names)
    {
        foreach (string[] parts in names.Select(name => name.Split('=')))
        {
            File.Copy(Fixtures.Path("tokenizers", tokenizer, parts[0]), this[parts[^1]]);
        }

        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
