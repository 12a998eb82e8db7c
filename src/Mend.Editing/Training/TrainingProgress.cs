namespace Mend.Editing;

/// <summary>Where a training run stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Done">Share of the run that is done, by steps or by time, whichever is further; 0 to 1.</param>
/// <param name="Elapsed">Time spent, earlier runs of the same training included.</param>
/// <param name="EditLoss">L_edit of the step, averaged over its edits.</param>
/// <param name="LocalityLoss">L_loc of the step.</param>
/// <param name="GradientNorm">Norm of the gradient before clipping.</param>
/// <param name="Rate">Rate of the step.</param>
/// <param name="CacheBytes">Bytes of constants kept.</param>
/// <param name="Validation">The last validation, or null before the first.</param>
/// <param name="IsBest">Whether that validation is the best so far.</param>
public sealed record TrainingProgress(
    int Step,
    int Steps,
    double Done,
    TimeSpan Elapsed,
    double EditLoss,
    double LocalityLoss,
    double GradientNorm,
    float Rate,
    long CacheBytes,
    EvaluationReport? Validation,
    bool IsBest)
{
    /// <summary>Estimated time left.</summary>
    public TimeSpan Remaining => Done <= 0 ? TimeSpan.Zero : Elapsed * ((1 - Done) / Done);
}
