using System.Text.Json.Nodes;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Testing;

/// <summary>A tiny question answerer or fact checker of random weights with a tokenizer, in a folder deleted with the object.</summary>
public sealed class TinyCheckpoint : IDisposable
{
    private TinyCheckpoint()
    {
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("mend-tiny-").FullName;

    public string Model => Path.Combine(Root, "model");

    /// <summary>Makes the shape of a fixture with the vocabulary of a tokenizer.</summary>
    /// <param name="fixture">A folder of tests/fixtures/models.</param>
    /// <param name="tokenizer">A folder of tests/fixtures/tokenizers.</param>
    /// <param name="vocabulary">Its number of tokens.</param>
    /// <param name="positions">Option and number of its positions, where the fixture's are too few; null for those.</param>
    public static TinyCheckpoint Of(string fixture, string tokenizer, int vocabulary, (string Option, int Number)? positions = null)
    {
        TinyCheckpoint made = new();
        Directory.CreateDirectory(made.Model);
        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(ModelFixtures.Folder(fixture), "config.json")))!.AsObject();
        config["vocab_size"] = vocabulary;
        if (positions is { } longer)
        {
            config[longer.Option] = longer.Number;
        }

        string file = Path.Combine(made.Model, "config.json");
        File.WriteAllText(file, config.ToJsonString());
        foreach (string part in Directory.EnumerateFiles(Fixtures.Path("tokenizers", tokenizer)))
        {
            File.Copy(part, Path.Combine(made.Model, Path.GetFileName(part)));
        }

        Random random = new(5);
        SafetensorsWriter.Write(
            Path.Combine(made.Model, Checkpoint.SingleFile),
            [.. ModelFamilies.Describe(ConfigReader.Open(file)).Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name).Select(p =>
                TensorData.FromFloats(p.Name, p.Stored, Enumerable.Range(0, (int)p.Stored.Length).Select(_ => Value(p, random)).ToArray()))]);
        return made;
    }

    /// <summary>Writes a data file beside the model.</summary>
    public string Write(string name, params string[] lines)
    {
        string file = Path.Combine(Root, name);
        File.WriteAllLines(file, lines);
        return file;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Gains around 1, all else around 0.</summary>
    private static float Value(ParameterSpec parameter, Random random)
    {
        bool gain = parameter.Stored.Rank == 1 && !parameter.Name.EndsWith(".bias", StringComparison.Ordinal);
        return (float)((gain ? 1 : 0) + (0.6 * (random.NextDouble() - 0.5)));
    }
}
