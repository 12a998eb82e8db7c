using Mend.Models.Execution;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Models.Tests;

/// <summary>A folder with a configuration and random weights of its shape, deleted with the object.</summary>
internal sealed class SyntheticCheckpoint : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("mend-model-").FullName;
    private readonly CheckpointSource _source;

    public SyntheticCheckpoint(string json, int seed)
    {
        File.WriteAllText(Path.Combine(_path, "config.json"), json);
        Random random = new(seed);
        List<TensorData> tensors = [];
        foreach (ParameterSpec parameter in ModelFamilies.Describe(ConfigReader.Open(_path)).Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name))
        {
            // Gains around 1, all else around 0, so that no part of the computation is without effect.
            double middle = parameter.Stored.Rank == 1 && !parameter.Name.EndsWith(".bias", StringComparison.Ordinal) ? 1 : 0;
            float[] values = [.. Enumerable.Range(0, (int)parameter.Stored.Length).Select(_ => (float)(middle + (0.6 * (random.NextDouble() - 0.5))))];
            Weights[parameter.Name] = Array.ConvertAll(values, v => (double)v);
            tensors.Add(TensorData.FromFloats(parameter.Name, parameter.Stored, values));
        }

        SafetensorsWriter.Write(Path.Combine(_path, Checkpoint.SingleFile), tensors);
        Model = ModelFolder.Open(_path);
        _source = new CheckpointSource(Model.Checkpoint, Engine);
        Stages = [.. Model.Architecture.Stages.Select(s => s.Create(_source))];
    }

    public CpuEngine Engine { get; } = new(new CpuEngineOptions { Threads = 1 });

    public ModelFolder Model { get; }

    public IReadOnlyList<IStage> Stages { get; }

    /// <summary>The weights in float64, by name.</summary>
    public Dictionary<string, double[]> Weights { get; } = [];

    public void Dispose()
    {
        _source.Dispose();
        Model.Dispose();
        Engine.Dispose();
        Directory.Delete(_path, recursive: true);
    }
}
