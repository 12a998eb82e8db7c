using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Chat;
using Mend.Models.Tokenizers;

namespace Mend.Sharding.Tests.Review;

/// <summary>A model that takes some notes and then no more, as one whose process is killed.</summary>
internal sealed class NotesThatFail(IEditableModel inner, int after) : IEditableModel
{
    public ModelArchitecture Architecture => inner.Architecture;

    public ITokenizer Tokenizer => inner.Tokenizer;

    public ChatTemplates ChatTemplates => inner.ChatTemplates;

    public IPassRunner Runner => inner.Runner;

    public BaseModelFingerprint BaseModel => inner.BaseModel;

    public Task<ModelVersion> HeadAsync(CancellationToken cancellationToken = default) => inner.HeadAsync(cancellationToken);

    public Task<ModelLayout> LayoutAsync(CancellationToken cancellationToken = default) => inner.LayoutAsync(cancellationToken);

    public Task<IReadOnlyList<LedgerEntry>> LogAsync(CancellationToken cancellationToken = default) => inner.LogAsync(cancellationToken);

    public Task<IReadOnlyList<byte[]>> NotesAsync(long after, CancellationToken cancellationToken = default) => inner.NotesAsync(after, cancellationToken);

    public Task<bool> AddNoteAsync(long number, byte[] note, CancellationToken cancellationToken = default) =>
        number > after ? throw new RetryableException("The ledger is away.") : inner.AddNoteAsync(number, note, cancellationToken);

    public Task<EditOutcome> EditAsync(IReadOnlyList<EditRequest> requests, IProgress<StageDuration>? progress, CancellationToken cancellationToken) =>
        inner.EditAsync(requests, progress, cancellationToken);

    public Task<EditDraft> PreviewAsync(IReadOnlyList<EditRequest> requests, bool guarded, CancellationToken cancellationToken) => inner.PreviewAsync(requests, guarded, cancellationToken);

    public Task<ModelVersion> RevertAsync(RevertRequest request, CancellationToken cancellationToken = default) => inner.RevertAsync(request, cancellationToken);

    public Task<ConsolidationOutcome> ConsolidateAsync(
        ConsolidationOptions options, IProgress<ConsolidationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        inner.ConsolidateAsync(options, progress, cancellationToken);

    public Task<Answer> AnswerAsync(Question question, CancellationToken cancellationToken = default) => inner.AnswerAsync(question, cancellationToken);

    public Task<IReadOnlyList<AnswerScore>> ScoreAsync(
        IReadOnlyList<PromptTarget> prompts, ModelVersion? version = null, EditDraft? preview = null, CancellationToken cancellationToken = default) =>
        inner.ScoreAsync(prompts, version, preview, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
