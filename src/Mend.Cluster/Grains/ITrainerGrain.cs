namespace Mend.Cluster;

/// <summary>Trains editors for one model, one at a time, near its layers. Its key is the model's name.</summary>
[Alias("mend.trainer")]
public interface ITrainerGrain : IGrainWithStringKey
{
    /// <summary>Starts a run, or goes on with the one that the output has a checkpoint of. A run that is going on already is left alone.</summary>
    /// <returns>The run's id.</returns>
    [Alias("start"), ResponseTimeout("00:10:00")]
    Task<string> StartAsync(WireTraining training, CancellationToken cancellationToken);

    /// <summary>Where the last run stands.</summary>
    [Alias("status")]
    Task<TrainingStatus> StatusAsync(CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="StatusAsync"/>, but waits a few seconds for something newer than a revision of a run. An answer that a silo took with it
    /// when it stopped is soon asked for again.
    /// </summary>
    [Alias("progress"), ResponseTimeout("00:00:10")]
    Task<TrainingStatus> ProgressAsync(string run, long after, CancellationToken cancellationToken);

    /// <summary>Stops a run after its current step and saves it; another run is left alone.</summary>
    [Alias("stop"), ResponseTimeout("00:10:00")]
    Task<TrainingStatus> StopAsync(string run, CancellationToken cancellationToken);
}
