using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Chat;
using Mend.Models.Tokenizers;

namespace Mend.Sharding;

/// <summary>
/// A model whose facts can be edited, however many shards and processes it lives in. Safe to use from several threads:
/// readers pin a version when they are admitted, so no answer mixes versions.
/// </summary>
public interface IEditableModel : IAsyncDisposable
{
    /// <summary>The model as its configuration describes it.</summary>
    ModelArchitecture Architecture { get; }

    /// <summary>Its tokenizer.</summary>
    ITokenizer Tokenizer { get; }

    /// <summary>Its chat templates; a base model has none.</summary>
    ChatTemplates ChatTemplates { get; }

    /// <summary>What identifies the base model.</summary>
    BaseModelFingerprint BaseModel { get; }

    /// <summary>Passes through its shards, for measurements.</summary>
    IPassRunner Runner { get; }

    /// <summary>The newest version.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    Task<ModelVersion> HeadAsync(CancellationToken cancellationToken = default);

    /// <summary>Where its parts are now.</summary>
    /// <param name="cancellationToken">Stops asking.</param>
    Task<ModelLayout> LayoutAsync(CancellationToken cancellationToken = default);

    /// <summary>Every committed version, oldest first.</summary>
    /// <param name="cancellationToken">Stops reading.</param>
    Task<IReadOnlyList<LedgerEntry>> LogAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Notes beside the versions: what people say of edits before and after they are made. Numbered from 1, durable where the versions are, and the
    /// same for everybody who has the model. No version depends on them; <see cref="ReviewDesk"/> knows what they say.
    /// </summary>
    /// <param name="after">The number before the first one read; 0 for all.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <returns>Some of the notes that follow, in order; none where there are no more.</returns>
    Task<IReadOnlyList<byte[]>> NotesAsync(long after, CancellationToken cancellationToken = default);

    /// <summary>Adds a note, if no other has its number. The same note is added once, however often it is sent.</summary>
    /// <param name="number">One more than that of the last note, which the caller has read.</param>
    /// <param name="note">The note, no two with the same bytes; at most <see cref="EditLedger.MaxNoteLength"/> of them.</param>
    /// <param name="cancellationToken">Stops before it is added.</param>
    /// <returns>False: another note has the number.</returns>
    Task<bool> AddNoteAsync(long number, byte[] note, CancellationToken cancellationToken = default);

    /// <summary>Computes edits and commits those that do what they should as one version; all or none where the editor does not look.</summary>
    /// <param name="requests">At least one.</param>
    /// <param name="progress">Told each stage as it ends, where the work is done in this process; null for nobody.</param>
    /// <param name="cancellationToken">Honoured until the commit begins; then the outcome is the commit's.</param>
    /// <exception cref="EditRequestException">A request cannot be used as it is given.</exception>
    /// <exception cref="EditorMissingException">The model was opened without an editor.</exception>
    /// <exception cref="HeadMovedException">The head is not the one that an edit is for.</exception>
    /// <exception cref="EditRejectedException">None of the edits does what it should.</exception>
    Task<EditOutcome> EditAsync(IReadOnlyList<EditRequest> requests, IProgress<StageDuration>? progress, CancellationToken cancellationToken);

    /// <summary>Computes edits on top of the head and commits nothing.</summary>
    /// <param name="requests">At least one.</param>
    /// <param name="guarded">Whether the guard tells what it sees, which takes it a few passes more.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    /// <returns>The factors, to be laid over a version in <see cref="AnswerAsync"/>.</returns>
    Task<EditDraft> PreviewAsync(IReadOnlyList<EditRequest> requests, bool guarded, CancellationToken cancellationToken);

    /// <summary>Takes versions back, as a new version.</summary>
    /// <param name="request">The versions, and for whom.</param>
    /// <param name="cancellationToken">Stops before the commit.</param>
    /// <exception cref="UnknownVersionException">A version is in the future or the base model.</exception>
    /// <exception cref="AlreadyRevertedException">A version is not in effect.</exception>
    /// <exception cref="HeadMovedException">The head is not the one that it is for.</exception>
    Task<ModelVersion> RevertAsync(RevertRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Improves what all live edits of the joint method do together, as a new version that can be taken back like an edit. It is part of a version
    /// while all of those edits are.
    /// </summary>
    /// <param name="options">Settings.</param>
    /// <param name="progress">Told after each step, where the work is done in this process.</param>
    /// <param name="cancellationToken">Stops before the commit.</param>
    /// <exception cref="EditRequestException">There is nothing to consolidate.</exception>
    Task<ConsolidationOutcome> ConsolidateAsync(
        ConsolidationOptions options, IProgress<ConsolidationProgress>? progress = null, CancellationToken cancellationToken = default);

    /// <summary>Answers a prompt: generated text, or true or false for a classifier.</summary>
    /// <param name="question">What is asked, of which version.</param>
    /// <param name="cancellationToken">Stops between tokens.</param>
    Task<Answer> AnswerAsync(Question question, CancellationToken cancellationToken = default);

    /// <summary>How likely the model finds answers to prompts.</summary>
    /// <param name="prompts">Prompts with answers, at least one.</param>
    /// <param name="version">The version to read; null for the head.</param>
    /// <param name="preview">Factors laid over it.</param>
    /// <param name="cancellationToken">Stops between stages.</param>
    /// <returns>Per prompt, the mean probability of the answer's tokens and whether all of them are the most likely ones.</returns>
    Task<IReadOnlyList<AnswerScore>> ScoreAsync(
        IReadOnlyList<PromptTarget> prompts, ModelVersion? version = null, EditDraft? preview = null, CancellationToken cancellationToken = default);
}
