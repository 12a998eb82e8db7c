using System.Text.Json.Nodes;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Sharding.Tests;

/// <summary>A changed copy of a tiny checkpoint in a folder of its own, deleted with the object.</summary>
internal sealed class TemporaryCheckpoint : IDisposable
{
    private TemporaryCheckpoint(string path) => Path = path;

    public string Path { get; }

    /// <summary>Copies a tiny checkpoint.</summary>
    /// <param name="name">Which.</param>
    /// <param name="rename">New names of the tensors; null drops one.</param>
    /// <param name="type">Type of the copy.</param>
    public static TemporaryCheckpoint Of(string name, Func<string, string?>? rename = null, DType type = DType.F32)
    {
        string folder = ModelFixtures.Folder(name);
        TemporaryCheckpoint copy = new(Directory.CreateTempSubdirectory("mend-copy-").FullName);
        File.Copy(System.IO.Path.Combine(folder, "config.json"), System.IO.Path.Combine(copy.Path, "config.json"));
        using Checkpoint source = Checkpoint.Open(folder);
        SafetensorsWriter.Write(
            System.IO.Path.Combine(copy.Path, Checkpoint.SingleFile),
            [.. source.Tensors.Values
                .Select(t => (Name: rename is null ? t.Name : rename(t.Name), Tensor: t))
                .Where(t => t.Name is not null)
                .Select(t => TensorData.FromFloats(t.Name!, t.Tensor.Shape, t.Tensor.ToFloats(), type))]);
        return copy;
    }

    /// <summary>Copies a tiny checkpoint with other options and other values that are to mean the same, or not.</summary>
    /// <param name="name">Which.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="change">Changes the tensors, by name.</param>
    /// <param name="type">Type of the copy.</param>
    public static TemporaryCheckpoint Of(
        string name, Action<JsonObject> configure, Action<Dictionary<string, (Shape Shape, float[] Values)>> change, DType type = DType.F32)
    {
        string folder = ModelFixtures.Folder(name);
        TemporaryCheckpoint copy = new(Directory.CreateTempSubdirectory("mend-copy-").FullName);
        JsonObject config = JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(folder, "config.json")))!.AsObject();
        configure(config);
        File.WriteAllText(System.IO.Path.Combine(copy.Path, "config.json"), config.ToJsonString());
        using Checkpoint source = Checkpoint.Open(folder);
        Dictionary<string, (Shape Shape, float[] Values)> tensors = source.Tensors.ToDictionary(t => t.Key, t => (t.Value.Shape, t.Value.ToFloats()));
        change(tensors);
        SafetensorsWriter.Write(
            System.IO.Path.Combine(copy.Path, Checkpoint.SingleFile), tensors.Select(t => TensorData.FromFloats(t.Key, t.Value.Shape, t.Value.Values, type)));
        return copy;
    }

    /// <summary>A checkpoint of small random weights.</summary>
    /// <param name="config">The text of its config.json.</param>
    /// <param name="type">Type of the weights.</param>
    /// <param name="seed">Seed of the weights.</param>
    public static TemporaryCheckpoint Random(string config, DType type, int seed)
    {
        TemporaryCheckpoint made = new(Directory.CreateTempSubdirectory("mend-random-").FullName);
        File.WriteAllText(System.IO.Path.Combine(made.Path, "config.json"), config);
        Random random = new(seed);
        SafetensorsWriter.Write(
            System.IO.Path.Combine(made.Path, Checkpoint.SingleFile),
            [.. ModelFamilies.Describe(ConfigReader.Open(made.Path)).Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name).Select(p =>
                TensorData.FromFloats(p.Name, p.Stored, Enumerable.Range(0, (int)p.Stored.Length).Select(_ => (float)(0.4 * (random.NextDouble() - 0.5))).ToArray(), type))]);
        return made;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
