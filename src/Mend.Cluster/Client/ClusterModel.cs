using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Chat;
using Mend.Models.Tokenizers;
using Mend.Sharding;
using Mend.Tensors;
using Mend.Tensors.Cpu;

namespace Mend.Cluster;

/// <summary>A model whose shards live in a cluster. See <see cref="IEditableModel"/>; calls that fail for reasons that pass are sent again for a while.</summary>
public sealed class ClusterModel : IEditableModel
{
    /// <summary>A call that scores more is several passes.</summary>
    private const int PromptsPerPass = 128;

    private readonly ICoordinatorGrain _coordinator;
    private readonly ModelReader _reader;
    private readonly Retry _retry;
    private readonly ClusterPasses _passes;
    private readonly CpuEngine _engine;
    private readonly IAsyncDisposable? _connection;

    private ClusterModel(ICoordinatorGrain coordinator, ClusterPasses passes, CpuEngine engine, ModelFiles files, Retry retry, IAsyncDisposable? connection)
    {
        _connection = connection;
        _coordinator = coordinator;
        _passes = passes;
        _engine = engine;
        _retry = retry;
        Runner = new RetryingRunner(passes, retry);
        Tokenizer = files.Tokenizer;
        ChatTemplates = files.ChatTemplates;
        _reader = new ModelReader(passes, files.Tokenizer, files.Ends, HeadAsync);
    }

    /// <inheritdoc/>
    public ModelArchitecture Architecture => _passes.Architecture;

    /// <inheritdoc/>
    public ITokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public ChatTemplates ChatTemplates { get; }

    /// <inheritdoc/>
    public BaseModelFingerprint BaseModel => _passes.BaseModel;

    /// <summary>Passes through the cluster's shards, sent again for a while when they fail for reasons that pass.</summary>
    /// <inheritdoc cref="IEditableModel.Runner"/>
    public IPassRunner Runner { get; }

    /// <summary>Gets to know a cluster's model.</summary>
    /// <param name="grains">A connected client, or a silo's grain factory.</param>
    /// <param name="options">Which model, and how patiently.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RetryableException">The cluster does not answer.</exception>
    /// <exception cref="UnknownModelException">The cluster serves another model.</exception>
    public static Task<ClusterModel> ConnectAsync(IGrainFactory grains, ClusterModelOptions? options = null, CancellationToken cancellationToken = default) =>
        ConnectAsync(grains, options ?? new ClusterModelOptions(), null, cancellationToken);

    /// <summary>The same with a connection that ends with the model.</summary>
    internal static async Task<ClusterModel> ConnectAsync(
        IGrainFactory grains, ClusterModelOptions options, IAsyncDisposable? connection, CancellationToken cancellationToken)
    {
        Retry retry = new(options.RetryFor, options.Time);
        WireModel model = await retry.RunAsync(() => ClusterPasses.DescribeAsync(grains, options.Model, cancellationToken), cancellationToken).ConfigureAwait(false);
        ModelFiles files = ModelFiles.Unpack(model.Files);
        CpuEngine engine = new(new CpuEngineOptions { Threads = 1 });
        ClusterPasses passes = new(grains, model, files.Architecture, engine);
        return new ClusterModel(Faults.Grain<ICoordinatorGrain>(grains, options.Model), passes, engine, files, retry, connection);
    }

    /// <inheritdoc/>
    public async Task<ModelVersion> HeadAsync(CancellationToken cancellationToken = default) =>
        new(await CallAsync(() => _coordinator.HeadAsync(cancellationToken), cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<ModelLayout> LayoutAsync(CancellationToken cancellationToken = default) =>
        (await CallAsync(() => _coordinator.LayoutAsync(cancellationToken), cancellationToken).ConfigureAwait(false)).ToLayout();

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LedgerEntry>> LogAsync(CancellationToken cancellationToken = default)
    {
        List<LedgerEntry> entries = [];
        byte[][] page;
        do
        {
            page = await CallAsync(
                async () => await Parcels.TakeAsync(_coordinator, await _coordinator.LogAsync(entries.Count, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false),
                cancellationToken).ConfigureAwait(false);
            foreach (byte[] bytes in page)
            {
                entries.Add(LedgerCodec.DecodeEntry(bytes, new ModelVersion(entries.Count + 1), "The cluster's ledger").Entry);
            }
        }
        while (page.Length > 0);
        return entries;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<byte[]>> NotesAsync(long after, CancellationToken cancellationToken = default) => await CallAsync(
        async () => await Parcels.TakeAsync(_coordinator, await _coordinator.NotesAsync(after, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false),
        cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task<bool> AddNoteAsync(long number, byte[] note, CancellationToken cancellationToken = default) => CallAsync(
        async () => await _coordinator.AddNoteAsync(
            number, await Parcels.SendAsync(_coordinator, note, note.LongLength, _passes.PieceBytes).ConfigureAwait(false), cancellationToken).ConfigureAwait(false),
        cancellationToken);

    /// <inheritdoc/>
    public async Task<EditOutcome> EditAsync(IReadOnlyList<EditRequest> requests, IProgress<StageDuration>? progress, CancellationToken cancellationToken)
    {
        // With a key of its own, an edit whose answer was lost can be sent again and is never committed twice.
        WireEdit[] edits = [.. requests.Select(r => WireEdit.Of(r.IdempotencyKey is null ? r with { IdempotencyKey = Guid.NewGuid().ToString("n") } : r))];
        WireOutcome outcome = await CallAsync(
            async () => await _coordinator.EditAsync(await SendAsync(edits).ConfigureAwait(false), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return outcome.ToOutcome();
    }

    /// <inheritdoc/>
    public async Task<EditDraft> PreviewAsync(IReadOnlyList<EditRequest> requests, bool guarded, CancellationToken cancellationToken)
    {
        WireEdit[] edits = [.. requests.Select(WireEdit.Of)];
        WirePreview preview = await CallAsync(
            async () =>
            {
                WireParcel<WireEdit[]> sent = await SendAsync(edits).ConfigureAwait(false);
                WireParcel<WirePreview> answer = await (guarded ? _coordinator.GuardedPreviewAsync(sent, cancellationToken) : _coordinator.PreviewAsync(sent, cancellationToken)).ConfigureAwait(false);
                return await Parcels.TakeAsync(_coordinator, answer).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
        return preview.ToDraft();
    }

    /// <inheritdoc/>
    public async Task<ConsolidationOutcome> ConsolidateAsync(
        ConsolidationOptions options, IProgress<ConsolidationProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        long[] done = await CallAsync(() => _coordinator.ConsolidateAsync(WireConsolidation.Of(options), cancellationToken), cancellationToken).ConfigureAwait(false);
        return new ConsolidationOutcome(new ModelVersion(done[0]), (int)done[1]);
    }

    /// <inheritdoc/>
    public async Task<ModelVersion> RevertAsync(RevertRequest request, CancellationToken cancellationToken = default)
    {
        WireRevert revert = WireRevert.Of(request with { IdempotencyKey = request.IdempotencyKey ?? Guid.NewGuid().ToString("n") });
        return new ModelVersion(await CallAsync(() => _coordinator.RevertAsync(revert, cancellationToken), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Takes an editor file into use on every silo. Edits at work finish with the one they began with.</summary>
    /// <param name="name">The file's name, in every silo's folder of editors.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The file's digest.</returns>
    /// <exception cref="EditorFileException">The file is unusable, belongs to another model, or silos have different ones.</exception>
    public Task<string> UseEditorAsync(string name, CancellationToken cancellationToken = default) =>
        CallAsync(() => _coordinator.UseEditorAsync(name, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<Answer> AnswerAsync(Question question, CancellationToken cancellationToken = default)
    {
        // What was shown cannot be taken back: once text is out, the caller is told of a failure.
        bool shown = false;
        Question watched = question.OnPiece is not { } show ? question : question with
        {
            OnPiece = piece =>
            {
                shown = true;
                show(piece);
            },
        };
        return _retry.RunAsync(
            async () =>
            {
                try
                {
                    return await _reader.AnswerAsync(watched, cancellationToken).ConfigureAwait(false);
                }
                catch (RetryableException error) when (shown)
                {
                    throw new InterruptedAnswerException(error);
                }
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<AnswerScore>> ScoreAsync(
        IReadOnlyList<PromptTarget> prompts, ModelVersion? version = null, EditDraft? preview = null, CancellationToken cancellationToken = default)
    {
        // All passes of a call read one version.
        ModelVersion? read = prompts.Count <= PromptsPerPass ? version : preview?.ReadVersion ?? version ?? await HeadAsync(cancellationToken).ConfigureAwait(false);
        List<AnswerScore> scores = [];
        foreach (PromptTarget[] some in prompts.Chunk(PromptsPerPass))
        {
            scores.AddRange(await _retry.RunAsync(() => _reader.ScoreAsync(some, read, preview, cancellationToken), cancellationToken).ConfigureAwait(false));
        }

        return scores;
    }

    /// <summary>Lets go of the model; a client that it was given stays connected.</summary>
    public async ValueTask DisposeAsync()
    {
        _engine.Dispose();
        if (_connection is not null)
        {
            await _connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private Task<WireParcel<WireEdit[]>> SendAsync(WireEdit[] edits) => Parcels.SendAsync(_coordinator, edits, edits.Sum(e => e.Weight), _passes.PieceBytes);

    private Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken) =>
        _retry.RunAsync(() => Faults.GuardAsync("The model's coordinator", call, cancellationToken), cancellationToken);
}
