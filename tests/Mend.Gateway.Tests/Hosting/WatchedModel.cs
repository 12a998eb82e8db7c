using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Chat;
using Mend.Models.Tokenizers;
using Mend.Sharding;

namespace Mend.Gateway.Tests;

/// <summary>A model that a test can hold up, to see what becomes of who waits for it.</summary>
internal sealed class WatchedModel(IEditableModel inner) : IEditableModel
{
    /// <summary>Answers wait here after their first piece, until they are cancelled or this is done; null for no wait.</summary>
    public TaskCompletionSource? Hold { get; set; }

    /// <summary>Fails what is asked; null for nothing.</summary>
    public Func<Exception>? Fault { get; set; }

    /// <summary>Answers that began.</summary>
    public TaskCompletionSource Begun { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How the last answer ended: true for cancelled.</summary>
    public TaskCompletionSource<bool> Ended { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ModelArchitecture Architecture => inner.Architecture;

    public ITokenizer Tokenizer => inner.Tokenizer;

    public ChatTemplates ChatTemplates => inner.ChatTemplates;

    public IPassRunner Runner => inner.Runner;

    public BaseModelFingerprint BaseModel => inner.BaseModel;

    public Task<ModelVersion> HeadAsync(CancellationToken cancellationToken = default) => inner.HeadAsync(cancellationToken);

    public Task<ModelLayout> LayoutAsync(CancellationToken cancellationToken = default) => inner.LayoutAsync(cancellationToken);

    public Task<IReadOnlyList<LedgerEntry>> LogAsync(CancellationToken cancellationToken = default) => inner.LogAsync(cancellationToken);

    public Task<IReadOnlyList<byte[]>> NotesAsync(long after, CancellationToken cancellationToken = default) => inner.NotesAsync(after, cancellationToken);

    public Task<bool> AddNoteAsync(long number, byte[] note, CancellationToken cancellationToken = default) => inner.AddNoteAsync(number, note, cancellationToken);

    public Task<EditOutcome> EditAsync(IReadOnlyList<EditRequest> requests, IProgress<StageDuration>? progress, CancellationToken cancellationToken) =>
        Fault is { } fault ? throw fault() : inner.EditAsync(requests, progress, cancellationToken);

    public Task<EditDraft> PreviewAsync(IReadOnlyList<EditRequest> requests, bool guarded, CancellationToken cancellationToken) => inner.PreviewAsync(requests, guarded, cancellationToken);

    public Task<ModelVersion> RevertAsync(RevertRequest request, CancellationToken cancellationToken = default) => inner.RevertAsync(request, cancellationToken);

    public Task<ConsolidationOutcome> ConsolidateAsync(
        ConsolidationOptions options, IProgress<ConsolidationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        inner.ConsolidateAsync(options, progress, cancellationToken);

    public async Task<Answer> AnswerAsync(Question question, CancellationToken cancellationToken = default)
    {
        if (Fault is { } fault)
        {
            throw fault();
        }

        TaskCompletionSource<bool> ended = Ended;
        Action<AnswerPiece>? show = question.OnPiece;
        try
        {
            Answer answer = await inner.AnswerAsync(
                question with
                {
                    OnPiece = piece =>
                    {
                        show?.Invoke(piece);
                        Begun.TrySetResult();
                        if (Hold is { } hold)
                        {
                            Task.WaitAny([hold.Task], cancellationToken);
                        }
                    },
                },
                cancellationToken);
            ended.TrySetResult(false);
            return answer;
        }
        catch (OperationCanceledException)
        {
            ended.TrySetResult(true);
            throw;
        }
    }

    public Task<IReadOnlyList<AnswerScore>> ScoreAsync(
        IReadOnlyList<PromptTarget> prompts, ModelVersion? version = null, EditDraft? preview = null, CancellationToken cancellationToken = default) =>
        inner.ScoreAsync(prompts, version, preview, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
