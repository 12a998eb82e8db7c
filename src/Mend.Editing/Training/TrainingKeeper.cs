using Mend.Models;

namespace Mend.Editing;

/// <summary>Saves a training run after validations and every few minutes, and remembers how it goes. One thread at a time.</summary>
/// <param name="checkpoint">The file to save it in.</param>
/// <param name="baseModel">The model that it trains for.</param>
/// <param name="time">The clock.</param>
public sealed class TrainingKeeper(string checkpoint, BaseModelFingerprint baseModel, TimeProvider time)
{
    /// <summary>A run that dies loses at most this much, and a step.</summary>
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(2);

    private long _saved = time.GetTimestamp();
    private EvaluationReport? _seen;

    /// <summary>The last step, or null before the first.</summary>
    public TrainingProgress? Last { get; private set; }

    /// <summary>The best validation, or null when there was none.</summary>
    public EvaluationReport? Best { get; private set; }

    /// <summary>Takes note of a step, and saves the run when it is time to: the trainer's checkpoint callback.</summary>
    /// <param name="trainer">The run.</param>
    /// <param name="now">Where it stands.</param>
    public void Keep(EditorTrainer trainer, TrainingProgress now)
    {
        Last = now;
        bool validated = !ReferenceEquals(now.Validation, _seen);
        _seen = now.Validation;
        Best = now.IsBest ? now.Validation : Best;
        if (validated || time.GetElapsedTime(_saved) >= SaveEvery)
        {
            Save(trainer);
        }
    }

    /// <summary>Saves the run, unless no step was made since it was begun or taken up again.</summary>
    /// <param name="trainer">The run, between two steps.</param>
    /// <returns>Whether there was anything to save.</returns>
    public bool Save(EditorTrainer trainer)
    {
        if (Last is null)
        {
            return false;
        }

        TrainerCheckpoint.Save(checkpoint, trainer, Last.Elapsed, baseModel);
        _saved = time.GetTimestamp();
        return true;
    }
}
