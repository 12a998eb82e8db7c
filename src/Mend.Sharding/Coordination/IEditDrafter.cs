using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>Turns requests into drafts that the shards keep. Safe to use from several threads.</summary>
public interface IEditDrafter
{
    /// <summary>Looks at a request before it waits for its turn, so that a bad one harms no other.</summary>
    /// <param name="request">The request.</param>
    /// <exception cref="EditRequestException">It cannot be used as it is given.</exception>
    void Check(EditRequest request);

    /// <summary>Drafts edits on top of a version.</summary>
    /// <param name="requests">At least one, each checked.</param>
    /// <param name="version">The version.</param>
    /// <param name="clock">Told the stages.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    /// <returns>A draft for each request. When this throws, drafts may be left on shards; they are forgotten in time.</returns>
    Task<IReadOnlyList<KeptDraft>> DraftAsync(
        IReadOnlyList<EditRequest> requests, ModelVersion version, StageClock clock, CancellationToken cancellationToken);

    /// <summary>Whether drafts are looked at before they are committed.</summary>
    bool Judges => false;

    /// <summary>Looks at drafts before they are committed.</summary>
    /// <param name="requests">What they are of.</param>
    /// <param name="drafts">The drafts.</param>
    /// <param name="head">The version that they would follow.</param>
    /// <param name="earlier">Edits that the version holds, oldest first.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    /// <returns>What is wrong with each; null where nothing is.</returns>
    Task<IReadOnlyList<string?>> JudgeAsync(
        IReadOnlyList<EditRequest> requests, IReadOnlyList<KeptDraft> drafts, ModelVersion head, IReadOnlyList<CommittedEdit> earlier, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string?>>([.. requests.Select(_ => (string?)null)]);

    /// <summary>Looks at drafts for somebody who reads what it sees; null where drafts are not looked at.</summary>
    /// <param name="requests">What they are of.</param>
    /// <param name="drafts">The drafts.</param>
    /// <param name="head">The version that they would follow.</param>
    /// <param name="earlier">Edits that the version holds, oldest first.</param>
    /// <param name="cancellationToken">Stops between passes.</param>
    Task<GuardReport?> ReportAsync(
        IReadOnlyList<EditRequest> requests, IReadOnlyList<KeptDraft> drafts, ModelVersion head, IReadOnlyList<CommittedEdit> earlier, CancellationToken cancellationToken) =>
        Task.FromResult<GuardReport?>(null);
}
