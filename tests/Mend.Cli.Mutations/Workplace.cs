using System.Text.Json.Nodes;

namespace Mend.Cli.Mutations;

/// <summary>Sound models in folders of their own, whose files are damaged one at a time and put back; deleted with the object.</summary>
public sealed class Workplace : IDisposable
{
    private readonly List<TinyCheckpoint> _made = [];
    private readonly TemporaryFolder _folder = new();

    /// <summary>A tiny model with random weights and the vocabulary of a tokenizer.</summary>
    /// <param name="fixture">Its shape.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="vocabulary">How many tokens that has.</param>
    /// <param name="without">Files that it is to lack.</param>
    public string Tiny(string fixture, string tokenizer, int vocabulary, params string[] without)
    {
        TinyCheckpoint made = TinyCheckpoint.Of(fixture, tokenizer, vocabulary, fixture == "gpt2" ? ("n_positions", 512) : null);
        _made.Add(made);
        foreach (string file in without)
        {
            File.Delete(Path.Combine(made.Model, file));
        }

        return made.Model;
    }

    /// <summary>A copy of a folder of the fixtures.</summary>
    public string Copy(params string[] names)
    {
        string target = _folder[string.Join('-', names)];
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(Fixtures.Path(names)).Where(f => Path.GetFileName(f) is not ("expected.safetensors" or "meta.json")))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return target;
    }

    /// <summary>A family's tiny model as a GGUF file in a folder of its own.</summary>
    public string Gguf(string family)
    {
        string folder = Directory.CreateDirectory(_folder[$"gguf-of-{family}"]).FullName;
        return GgufConversion.Write(Fixtures.Path("models", "families", family), Path.Combine(folder, "model.gguf"), splitKeys: family == "deepseek_v3");
    }

    /// <summary>Writes a file into a folder of its own.</summary>
    public string Write(string name, string content)
    {
        string file = Path.Combine(Directory.CreateDirectory(_folder[$"files-{Directory.GetDirectories(_folder.Path).Length}"]).FullName, name);
        File.WriteAllText(file, content);
        return file;
    }

    /// <summary>The chat templates of the fixtures.</summary>
    public static IReadOnlyList<string> ChatTemplates() =>
        [.. JsonNode.Parse(File.ReadAllText(Fixtures.Path("chat_templates", "styles.json")))!["templates"]!.AsObject().Select(t => t.Value!.ToString())];

    public void Dispose()
    {
        _made.ForEach(made => made.Dispose());
        _folder.Dispose();
    }
}
