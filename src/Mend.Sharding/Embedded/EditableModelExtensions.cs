using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>Shorter ways to ask an <see cref="IEditableModel"/>.</summary>
public static class EditableModelExtensions
{
    /// <inheritdoc cref="IEditableModel.EditAsync"/>
    /// <param name="model">The model.</param>
    /// <param name="requests">At least one.</param>
    /// <param name="cancellationToken">Honoured until the commit begins; then the outcome is the commit's.</param>
    public static Task<EditOutcome> EditAsync(this IEditableModel model, IReadOnlyList<EditRequest> requests, CancellationToken cancellationToken = default) =>
        model.EditAsync(requests, null, cancellationToken);

    /// <summary>Computes edits on top of the head and commits nothing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="requests">At least one.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    public static Task<EditDraft> PreviewAsync(this IEditableModel model, IReadOnlyList<EditRequest> requests, CancellationToken cancellationToken = default) =>
        model.PreviewAsync(requests, guarded: false, cancellationToken);

    /// <summary>Takes versions back, as a new version.</summary>
    /// <param name="model">The model.</param>
    /// <param name="versions">The versions.</param>
    /// <param name="idempotencyKey">The request's key, or null.</param>
    /// <param name="cancellationToken">Stops before the commit.</param>
    public static Task<ModelVersion> RevertAsync(
        this IEditableModel model, IReadOnlyList<ModelVersion> versions, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        model.RevertAsync(new RevertRequest(versions, idempotencyKey), cancellationToken);
}
