using System.Diagnostics;
using System.Text;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Models.Tokenizers;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>A model with all its shards, its editor and its ledger in this process. See <see cref="IEditableModel"/>.</summary>
public sealed class EmbeddedModel : IEditableModel
{
    /// <summary>Other writers may come first this many times before an edit gives up.</summary>
    private const int MostAttempts = 32;

    private readonly ModelFolder _folder;
    private readonly ShardPlan _plan;
    private readonly ShardChain _chain;
    private readonly EditLedger _ledger;
    private readonly MendEditor? _editor;
    private readonly IEditMethod? _method;
    private readonly ExampleEncoder _encoder;
    private readonly EmbeddedModelOptions _options;

    private EmbeddedModel(
        EmbeddedModelOptions options, ModelFolder folder, ShardPlan plan, ShardChain chain, EditLedger ledger, MendEditor? editor, BaseModelFingerprint baseModel)
    {
        _options = options;
        _folder = folder;
        _plan = plan;
        _chain = chain;
        _ledger = ledger;
        _editor = editor;
        BaseModel = baseModel;
        _encoder = new ExampleEncoder(folder.Architecture, folder.Tokenizer);
        _method = options.Method ?? (editor is null ? null : new MendMethod(editor, _encoder.Padding));
    }

    /// <inheritdoc/>
    public ModelArchitecture Architecture => _folder.Architecture;

    /// <inheritdoc/>
    public ITokenizer Tokenizer => _folder.Tokenizer;

    /// <inheritdoc/>
    public BaseModelFingerprint BaseModel { get; }

    /// <summary>The passes below the edits, for training and evaluation.</summary>
    public IPassRunner Runner => _chain;

    /// <summary>Turns text into model inputs.</summary>
    public ExampleEncoder Encoder => _encoder;

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
                folder.Architecture, options.Shards, p => folder.Checkpoint.Get(Mend.Models.Execution.CheckpointSource.Spelling(folder.Checkpoint, p.Name)).ByteLength);
            MendEditor? editor = options.EditorFile is null ? null : EditorFile.Load(options.EditorFile, options.Engine, folder.Architecture, baseModel);
            if (editor is not null)
            {
                opened.Push(editor);
            }

            // The ledger is opened once everything it needs is known to be usable: opening may make it.
            _ = folder.Tokenizer;
            ILedgerStore store = options.LedgerFolder is null ? new InMemoryLedgerStore() : new FileLedgerStore(options.LedgerFolder);
            EditLedger ledger = await EditLedger.OpenAsync(store, baseModel, options.Ledger, options.Time, cancellationToken).ConfigureAwait(false);
            opened.Push(ledger);
            ShardChain chain = ShardChain.Load(
                folder.Architecture, plan, folder.Checkpoint, options.Engine, new LedgerFactors(ledger), options.FoldRank, cancellationToken);
            opened.Push(chain);
            return new EmbeddedModel(options, folder, plan, chain, ledger, editor, baseModel);
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
    public Task<IReadOnlyList<LedgerEntry>> LogAsync(CancellationToken cancellationToken = default) =>
        _ledger.EntriesAsync(ModelVersion.Base, cancellationToken);

    /// <summary>The factors that make a version, oldest edit first.</summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    public Task<IReadOnlyList<EditFactors>> FactorsAsync(ModelVersion version, CancellationToken cancellationToken = default) =>
        new LedgerFactors(_ledger).FactorsAsync(version.Number, _ => true, cancellationToken);

    /// <summary>Removes what edits that never committed have left in the ledger's folder.</summary>
    /// <param name="cancellationToken">Stops between steps.</param>
    public Task<CollectionReport> CollectGarbageAsync(CancellationToken cancellationToken = default) => _ledger.CollectGarbageAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<EditOutcome> EditAsync(IReadOnlyList<EditRequest> requests, CancellationToken cancellationToken = default)
    {
        using Activity? span = ShardingTelemetry.Source.StartActivity("mend.edit");
        long started = _options.Time.GetTimestamp();
        string outcome = "failed";
        try
        {
            EditOutcome done = await CommitAsync(requests, cancellationToken).ConfigureAwait(false);
            outcome = done.AlreadyCommitted ? "repeated" : "committed";
            span?.SetTag("mend.version", done.Version.Number);
            return done;
        }
        finally
        {
            ShardingTelemetry.EditDuration.Record(
                _options.Time.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>(ShardingTelemetry.OutcomeTag, outcome));
        }
    }

    /// <inheritdoc/>
    public async Task<EditDraft> PreviewAsync(IReadOnlyList<EditRequest> requests, CancellationToken cancellationToken = default)
    {
        StageClock clock = new(_options.Time);
        ModelVersion head = await HeadAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<IReadOnlyList<EditFactors>> factors = await ComputeAsync(requests, head, clock, cancellationToken).ConfigureAwait(false);
        return new EditDraft(head, [.. factors.SelectMany(f => f)], clock.Stages);
    }

    /// <inheritdoc/>
    public async Task<ModelVersion> RevertAsync(
        IReadOnlyList<ModelVersion> versions, string? idempotencyKey = null, CancellationToken cancellationToken = default)
    {
        ModelVersion version = await _ledger.RevertAsync(versions, idempotencyKey, cancellationToken).ConfigureAwait(false);
        await PublishAsync(version).ConfigureAwait(false);
        return version;
    }

    /// <inheritdoc/>
    public async Task<Answer> AnswerAsync(Question question, CancellationToken cancellationToken = default)
    {
        ModelVersion version = question.Preview?.ReadVersion ?? question.Version ?? await HeadAsync(cancellationToken).ConfigureAwait(false);
        IReadOnlyList<EditFactors> preview = question.Preview?.Factors ?? [];
        if (Architecture.Task == ModelTask.Classification)
        {
            IReadOnlyList<AnswerScore> score = await ScoreAsync(
                [new PromptTarget(question.Prompt, "true")], version, question.Preview, cancellationToken).ConfigureAwait(false);
            return new Answer(score[0].Probability > 0.5 ? "true" : "false", version, 0);
        }

        int[] prompt = _encoder.EncodePrompt(question.Prompt);
        if (prompt.Length == 0)
        {
            throw new EditRequestException("The prompt is empty; give some text.");
        }

        HashSet<int> stop = [.. new[] { Tokenizer.EosId, Tokenizer.EndOfTextId }.OfType<int>()];
        List<int> tokens = [];
        StringBuilder text = new();
        await foreach (int token in new TextGenerator(_chain)
            .GenerateAsync(prompt, question.Sampling, stop, version.Number, preview, cancellationToken).ConfigureAwait(false))
        {
            tokens.Add(token);
            string whole = Tokenizer.Decode([.. tokens]);

            // A character can be spread over several tokens; its pieces are shown once it is complete.
            if (whole.Length > text.Length && !whole.EndsWith('\uFFFD'))
            {
                question.OnText?.Invoke(whole[text.Length..]);
                text.Clear().Append(whole);
            }
        }

        ShardingTelemetry.Tokens.Add(tokens.Count);
        return new Answer(Tokenizer.Decode([.. tokens]), version, tokens.Count);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<AnswerScore>> ScoreAsync(
        IReadOnlyList<PromptTarget> prompts, ModelVersion? version = null, EditDraft? preview = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(prompts.Count);
        ModelVersion read = preview?.ReadVersion ?? version ?? await HeadAsync(cancellationToken).ConfigureAwait(false);
        ExampleBatch batch = new([.. prompts.Select(p => _encoder.Encode(p.Text, p.Target))], Architecture, _encoder.Padding);
        Pass pass = new() { Batch = batch.Inputs, Objective = batch.Likelihood(), Version = read.Number, Preview = preview?.Factors ?? [] };
        PassResult result = await _chain.RunAsync(pass, PassHooks.None, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ArraySegment<float>> logP = batch.PerExample(result.TokenLogProbabilities);
        IReadOnlyList<ArraySegment<int>> predicted = batch.PerExample(result.Predictions);
        return [.. batch.Examples.Select((e, i) => new AnswerScore(Math.Exp(logP[i].Average()), predicted[i].AsSpan().SequenceEqual(e.TargetTokens)))];
    }

    /// <summary>Closes everything that was opened; the engine too. No call may be running.</summary>
    public async ValueTask DisposeAsync()
    {
        _editor?.Dispose();
        _chain.Dispose();
        await _ledger.DisposeAsync().ConfigureAwait(false);
        _folder.Dispose();
        _options.Engine.Dispose();
    }

    private async Task<EditOutcome> CommitAsync(IReadOnlyList<EditRequest> requests, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfZero(requests.Count);
        StageClock clock = new(_options.Time);
        List<EditRequest> left = [.. requests];
        List<ModelVersion> earlier = [];
        for (int i = left.Count - 1; i >= 0; i--)
        {
            if (left[i].IdempotencyKey is { } key
                && await _ledger.FindAsync(key, left[i].Prompt, left[i].Target, cancellationToken).ConfigureAwait(false) is { } committed)
            {
                earlier.Add(committed.CommittedAt);
                left.RemoveAt(i);
            }
        }

        for (int attempt = 1; left.Count > 0; attempt++)
        {
            ModelVersion head = await HeadAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<IReadOnlyList<EditFactors>> factors = await ComputeAsync(left, head, clock, cancellationToken).ConfigureAwait(false);
            List<EditId> ids = [.. left.Select(_ => new EditId(Guid.CreateVersion7(_options.Time.GetUtcNow())))];
            List<IAsyncDisposable> holds = [];
            try
            {
                List<CommittedEdit> edits = await clock.MeasureAsync("prepare", async () =>
                {
                    List<CommittedEdit> prepared = [];
                    for (int i = 0; i < left.Count; i++)
                    {
                        holds.Add(await _ledger.HoldAsync(ids[i], cancellationToken).ConfigureAwait(false));
                        prepared.Add(new CommittedEdit
                        {
                            Id = ids[i],
                            IdempotencyKey = left[i].IdempotencyKey,
                            Prompt = left[i].Prompt,
                            Target = left[i].Target,
                            Factors = await PrepareAsync(ids[i], factors[i], cancellationToken).ConfigureAwait(false),
                        });
                    }

                    return prepared;
                }).ConfigureAwait(false);

                // From here on the caller's cancellation is not looked at: the commit's outcome must be known.
                cancellationToken.ThrowIfCancellationRequested();
                CommitResult result = await clock.MeasureAsync("commit", () => _ledger.CommitAsync(head, edits, CancellationToken.None)).ConfigureAwait(false);
                if (result.Status == CommitStatus.Committed)
                {
                    await clock.MeasureAsync("publish", () => PublishAsync(result.Version)).ConfigureAwait(false);
                    return new EditOutcome(result.Version, AlreadyCommitted: false, attempt, clock.Stages);
                }

                for (int i = left.Count - 1; i >= 0; i--)
                {
                    if (result.AlreadyCommitted.TryGetValue(ids[i], out ModelVersion version))
                    {
                        earlier.Add(version);
                        left.RemoveAt(i);
                    }
                }
            }
            finally
            {
                foreach (IAsyncDisposable hold in holds)
                {
                    await hold.DisposeAsync().ConfigureAwait(false);
                }
            }

            if (attempt == MostAttempts)
            {
                throw new InvalidOperationException(
                    $"Other edits were committed first {attempt} times in a row; nothing was committed. Send the edit again.");
            }
        }

        return new EditOutcome(earlier.Max(), AlreadyCommitted: true, 0, clock.Stages);
    }

    private async Task<IReadOnlyList<FactorReference>> PrepareAsync(EditId id, IReadOnlyList<EditFactors> factors, CancellationToken cancellationToken)
    {
        List<FactorReference> references = [];
        foreach (IGrouping<int, EditFactors> shard in factors.GroupBy(f => _plan.ShardOf(Architecture.StageOf(f.Layer))))
        {
            references.AddRange(await _ledger.PrepareAsync(id, shard.Key, [.. shard], cancellationToken).ConfigureAwait(false));
        }

        return references;
    }

    /// <summary>
    /// Edits of one batch are computed one after another, each on top of those before it, as if committed in order. Methods other than
    /// MEND only know versions: they compute each edit on top of the head.
    /// </summary>
    private async Task<IReadOnlyList<IReadOnlyList<EditFactors>>> ComputeAsync(
        IReadOnlyList<EditRequest> requests, ModelVersion head, StageClock clock, CancellationToken cancellationToken)
    {
        if (_method is null)
        {
            throw new InvalidOperationException("The model was opened without an editor, so it cannot be edited; name an editor file (--editor), or train one with `mend train`.");
        }

        List<IReadOnlyList<EditFactors>> all = [];
        foreach (EditRequest request in requests)
        {
            EncodedExample example = _encoder.Encode(request.Prompt, request.Target);
            if (_method is not MendMethod mend)
            {
                all.Add(await clock.MeasureAsync("gradient", () => _method.ComputeAsync(_chain, example, head.Number, cancellationToken)).ConfigureAwait(false));
                continue;
            }

            IReadOnlyList<EditFactors> before = [.. all.SelectMany(f => f)];
            EditSignals signals = await clock.MeasureAsync(
                "gradient", () => mend.SignalsAsync(_chain, example, head.Number, before, cancellationToken)).ConfigureAwait(false);
            IReadOnlyList<EditFactors> factors = await clock.MeasureAsync(
                "editor", () => Task.Run(() => mend.Factors(signals), cancellationToken)).ConfigureAwait(false);
            all.Add(await clock.MeasureAsync(
                "strength", () => mend.CalibrateAsync(_chain, example, head.Number, before, factors, signals.Entering, cancellationToken)).ConfigureAwait(false));
        }

        return all;
    }

    private async Task<bool> PublishAsync(ModelVersion version)
    {
        foreach (ModelShard shard in _chain.Shards)
        {
            await shard.ApplyAsync(version.Number, CancellationToken.None).ConfigureAwait(false);
        }

        return true;
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
