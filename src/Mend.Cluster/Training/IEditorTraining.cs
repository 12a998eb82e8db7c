using Mend.Editing;

namespace Mend.Cluster;

/// <summary>Trains editors where a model's layers live, and takes them into use.</summary>
public interface IEditorTraining
{
    /// <summary>
    /// Trains an editor to the end. A run that the same output has a checkpoint of is gone on with, also when the silo that trains is lost
    /// meanwhile.
    /// </summary>
    /// <param name="job">What to train.</param>
    /// <param name="progress">Told how it goes; may miss steps.</param>
    /// <param name="cancellationToken">Stops the run, which is saved.</param>
    /// <returns>How it ended: finished, or stopped by somebody else.</returns>
    /// <exception cref="EditRecordException">The edits are not what their format wants.</exception>
    /// <exception cref="ArgumentException">The options contradict each other, the layers are unknown, or there is no such folder.</exception>
    /// <exception cref="TrainerCheckpointException">The checkpoint is damaged, or belongs to a run with other options, layers or edits.</exception>
    /// <exception cref="TrainingException">Another run is going on, or this one failed.</exception>
    Task<TrainingStatus> TrainAsync(TrainingJob job, IProgress<TrainingStatus>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Where the last run stands.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    Task<TrainingStatus> TrainingStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>Stops a run after its current step and saves it.</summary>
    /// <param name="run">The run; others are left alone.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    Task<TrainingStatus> StopTrainingAsync(string run, CancellationToken cancellationToken = default);

    /// <summary>
    /// Takes an editor file into use on every silo until the cluster restarts, when the configured one is loaded again. Edits at work finish
    /// with the one they began with.
    /// </summary>
    /// <param name="file">The file, which every silo must have under this name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The file's digest.</returns>
    /// <exception cref="EditorFileException">The file is unusable, belongs to another model, or silos have different ones.</exception>
    Task<string> UseEditorAsync(string file, CancellationToken cancellationToken = default);
}

/// <summary>A training run cannot be started, or failed. The message says why and what to do.</summary>
/// <param name="message">What happened, and what to do.</param>
public sealed class TrainingException(string message) : Exception(message);
