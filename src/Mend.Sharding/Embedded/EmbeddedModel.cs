using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Chat;
using Mend.Models.Execution;
using Mend.Models.Tokenizers;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>A model with all its shards, its editor and its ledger in this process. See <see cref="IEditableModel"/>.</summary>
public sealed class EmbeddedModel : IEditableModel
{
    private readonly ModelFolder _folder;
    private readonly ShardChain _chain;
    private readonly EditLedger _ledger;
    private readonly IEditor? _editor;
    private readonly ModelReader _reader;
    private readonly EditCoordinator _coordinator;
    private readonly EmbeddedModelOptions _options;

    private EmbeddedModel(
        EmbeddedModelOptions options, ModelFolder folder, ShardChain chain, EditLedger ledger, IEditor? editor, BaseModelFingerprint baseModel)
    {
        _options = options;
        _folder = folder;
        _chain = chain;
        _ledger = ledger;
        _editor = editor;
        BaseModel = baseModel;
        _reader = new ModelReader(chain.Runner, folder.Tokenizer, EndTokens.Of(folder.Path, folder.Tokenizer), ledger.HeadAsync);
        IEditDrafter? drafter = options.Method is not null ? new MethodDrafts(chain.Runner, options.Method, _reader.Encoder)
            : editor is not null ? EditDrafters.Of(chain.Runner, editor, _reader.Encoder)
            : null;
        _coordinator = new EditCoordinator(ledger, chain.Runner.Shards, drafter, options.Coordinator, options.Time);
    }

    /// <inheritdoc/>
    public ModelArchitecture Architecture => _folder.Architecture;

    /// <inheritdoc/>
    public ITokenizer Tokenizer => _folder.Tokenizer;

    /// <inheritdoc/>
    public ChatTemplates ChatTemplates => _folder.ChatTemplates;

    /// <inheritdoc/>
    public BaseModelFingerprint BaseModel { get; }

    /// <inheritdoc/>
    public IPassRunner Runner => _chain;

    /// <summary>Turns text into model inputs.</summary>
    public ExampleEncoder Encoder => _reader.Encoder;

    /// <summary>The model folder.</summary>
    public ModelFolder Folder => _folder;

    /// <summary>Opens a model.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="cancellationToken">Stops between shards.</param>
    /// <exception cref="ModelException">The configuration is unusable.</exception>
    /// <exception cref="CheckpointException">The weights are unusable.</exception>
    /// <exception cref="EditorFileException">The editor is unusable or belongs to another model.</exception>
    /// <exception cref="LedgerException">The ledger is unusable or belongs to another model.</exception>
    /// <exception cref="ShardPlanException">The model cannot be split into so many shards.</exception>
    public static async Task<EmbeddedModel> OpenAsync(EmbeddedModelOptions options, CancellationToken cancellationToken = default)
    {
        Stack<object> opened = new();
        opened.Push(options.Engine);
        try
        {
            ModelFolder folder = Mend.Models.ModelFolder.Open(options.ModelFolder);
            opened.Push(folder);
            BaseModelFingerprint baseModel = folder.Fingerprint();
            ShardPlan plan = ShardPlan.Balanced(
                folder.Architecture, options.Shards, p => StoredParameters.BytesOf(folder.Checkpoint, p));
            IEditor? editor = options.EditorFile is null ? null : EditorFile.Open(options.EditorFile, options.Engine, folder.Architecture, baseModel);
            if (editor is not null)
            {
                opened.Push(editor);
            }

            // The ledger is opened once everything it needs is known to be usable: opening may make it.
            _ = folder.Tokenizer;
            ILedgerStore store = options.LedgerStore is { } open ? open() : options.LedgerFolder is null ? new InMemoryLedgerStore() : new FileLedgerStore(options.LedgerFolder);
            EditLedger ledger = await EditLedger.OpenAsync(store, baseModel, options.Ledger, options.Time, cancellationToken).ConfigureAwait(false);
            opened.Push(ledger);
            ShardChain chain = ShardChain.Load(
                folder.Architecture, plan, folder.Checkpoint, options.Engine, ledger, editor is null ? null : new LocalEditor(editor), options.Shard, options.Time, cancellationToken);
            opened.Push(chain);
            return new EmbeddedModel(options, folder, chain, ledger, editor, baseModel);
        }
        catch
        {
            await CloseAsync(opened).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<ModelVersion> HeadAsync(CancellationToken cancellationToken = default) => _ledger.HeadAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<ModelLayout> LayoutAsync(CancellationToken cancellationToken = default)
    {
        ShardPlan plan = _chain.Runner.Plan;
        return Task.FromResult(new ModelLayout(
            [.. plan.Shards.Select((range, i) => new ShardLayout(
                i, range, ShardPlan.StageBytes(Architecture, range, p => StoredParameters.BytesOf(_folder.Checkpoint, p)), Environment.MachineName, range.End - range.Start, Serves: true))],
            [new SiloLayout(Environment.MachineName, Environment.WorkingSet)]));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LedgerEntry>> LogAsync(CancellationToken cancellationToken = default) =>
        _ledger.EntriesAsync(ModelVersion.Base, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<byte[]>> NotesAsync(long after, CancellationToken cancellationToken = default) => _ledger.NotesAsync(after, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> AddNoteAsync(long number, byte[] note, CancellationToken cancellationToken = default) => _ledger.AddNoteAsync(number, note, cancellationToken);

    /// <summary>Where it computes.</summary>
    public IEngine Engine => _options.Engine;

    /// <summary>Whether its editor is one of the joint method.</summary>
    public bool IsJoint => _editor?.Joint is not null;

    /// <summary>The factors that make a version, oldest edit first.</summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public async Task<IReadOnlyList<EditFactors>> FactorsAsync(ModelVersion version, CancellationToken cancellationToken = default) =>
        (await new LedgerFactors(_ledger).FactorsAsync(version.Number, _ => true, cancellationToken).ConfigureAwait(false)).Factors;

    /// <inheritdoc/>
    public Task<EditOutcome> EditAsync(IReadOnlyList<EditRequest> requests, IProgress<StageDuration>? progress, CancellationToken cancellationToken) =>
        _coordinator.EditAsync(requests, progress, cancellationToken);

    /// <inheritdoc/>
    public Task<EditDraft> PreviewAsync(IReadOnlyList<EditRequest> requests, bool guarded, CancellationToken cancellationToken) =>
        _coordinator.PreviewAsync(requests, guarded, cancellationToken);

    /// <inheritdoc/>
    public Task<ModelVersion> RevertAsync(RevertRequest request, CancellationToken cancellationToken = default) =>
        _coordinator.RevertAsync(request, cancellationToken);

    /// <inheritdoc/>
    public Task<ConsolidationOutcome> ConsolidateAsync(
        ConsolidationOptions options, IProgress<ConsolidationProgress>? progress = null, CancellationToken cancellationToken = default) =>
        _coordinator.ConsolidateAsync(options, progress, cancellationToken);

    /// <inheritdoc/>
    public Task<Answer> AnswerAsync(Question question, CancellationToken cancellationToken = default) => _reader.AnswerAsync(question, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<AnswerScore>> ScoreAsync(
        IReadOnlyList<PromptTarget> prompts, ModelVersion? version = null, EditDraft? preview = null, CancellationToken cancellationToken = default) =>
        _reader.ScoreAsync(prompts, version, preview, cancellationToken);

    /// <summary>Closes everything that was opened; the engine too. No call may be running.</summary>
    public async ValueTask DisposeAsync()
    {
        _editor?.Dispose();
        _chain.Dispose();
        await _ledger.DisposeAsync().ConfigureAwait(false);
        _folder.Dispose();
        _options.Engine.Dispose();
    }

    private static async Task CloseAsync(Stack<object> opened)
    {
        while (opened.TryPop(out object? resource))
        {
            if (resource is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                ((IDisposable)resource).Dispose();
            }
        }
    }
}
