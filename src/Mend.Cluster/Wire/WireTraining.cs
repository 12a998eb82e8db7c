using System.Text.Json;
using System.Text.Json.Serialization;
using Mend.Editing;

namespace Mend.Cluster;

/// <summary>An editor to be trained, on its way to the trainer. See <see cref="TrainingJob"/>.</summary>
/// <param name="Run">The run's id: a job that is sent twice is one run.</param>
/// <param name="Edits">Edits to train on.</param>
/// <param name="Validation">Edits to choose by, or null.</param>
/// <param name="Output">The file to write.</param>
/// <param name="Layers">Layers to edit, as patterns.</param>
/// <param name="Training">How to train, as JSON.</param>
/// <param name="Editor">Shape and start of the networks, as JSON.</param>
[GenerateSerializer, Immutable]
public sealed record WireTraining(
    [property: Id(0)] string Run,
    [property: Id(1)] string Edits,
    [property: Id(2)] string? Validation,
    [property: Id(3)] string Output,
    [property: Id(4)] string[] Layers,
    [property: Id(5)] string Training,
    [property: Id(6)] string Editor)
{
    private static readonly JsonSerializerOptions Json = new() { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Wraps a job.</summary>
    /// <param name="run">The run's id.</param>
    /// <param name="job">The job.</param>
    public static WireTraining Of(string run, TrainingJob job) => new(
        run, job.Edits, job.Validation, job.Output, [.. job.Layers], JsonSerializer.Serialize(job.Training, Json), JsonSerializer.Serialize(job.Editor, Json));

    /// <summary>The job.</summary>
    /// <exception cref="ArgumentException">It holds options that this release does not know.</exception>
    public TrainingJob ToJob()
    {
        try
        {
            return new TrainingJob
            {
                Edits = Edits,
                Validation = Validation,
                Output = Output,
                Layers = Layers,
                Training = JsonSerializer.Deserialize<TrainingOptions>(Training, Json)!,
                Editor = JsonSerializer.Deserialize<EditorOptions>(Editor, Json)!,
            };
        }
        catch (JsonException error)
        {
            throw new ArgumentException($"The training's options cannot be read ({error.Message}); the sender runs another release.", error);
        }
    }
}
