using System.Text;
using System.Text.Json.Nodes;

namespace Mend.Models.Tests.Tokenizers;

/// <summary>A folder that a test fills with tokenizer files; deleted with its content when disposed.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mend-tokenizer-").FullName;

    public TemporaryFolder With(string name, string content)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, name), content, new UTF8Encoding(false));
        return this;
    }

    public TemporaryFolder With(string name, JsonNode content) => With(name, content.ToJsonString());

    /// <summary>Copies files of a fixture, optionally under another name ("from=to").</summary>
    public TemporaryFolder From(string fixture, params string[] names)
    {
        foreach (var name in names)
        {
            var parts = name.Split('=');
            File.Copy(System.IO.Path.Combine(TokenizerFixtures.Folder(fixture), parts[0]), System.IO.Path.Combine(Path, parts[^1]));
        }

        return this;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
