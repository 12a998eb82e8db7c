using Mend.Editing;
using Mend.Ledger;
using Mend.Sharding;

namespace Mend.Cluster;

/// <summary>The grain that drives a model's edits with an <see cref="EditCoordinator"/>. Should there ever be two, the ledger decides.</summary>
[CoordinatorPlacement]
[Reentrant]
internal sealed class CoordinatorGrain(SiloModel model, ShardMap map, IGrainFactory grains, ILocalSiloDetails local) : Grain, ICoordinatorGrain, IIncomingGrainCallFilter
{
    private readonly Lazy<IReadOnlyList<GrainShard>> _shards = new(() => model.Shards(grains, local.SiloAddress));
    private static readonly TimeSpan LooksForGarbage = TimeSpan.FromMinutes(1);

    private Task<EditCoordinator>? _coordinator;
    private string? _inUse;
    private string? _configured;

    /// <summary>What a lost process staged is collected where nobody commits any more, too.</summary>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(CollectAsync, new GrainTimerCreationOptions(LooksForGarbage, LooksForGarbage) { Interleave = true });
        return Task.CompletedTask;
    }

    /// <summary>A coordinator on a silo that does not agree with the others goes to one that does.</summary>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        await model.DigestAsync();
        if (map.Serving is { Count: > 0 } serving && !serving.Contains(local.SiloAddress))
        {
            MigrateOnIdle();
            throw new RetryableException("The model's coordinator is moving to another silo; send the request again.");
        }

        await context.Invoke();
    }

    public async Task<WireLayout> LayoutAsync(CancellationToken cancellationToken)
    {
        IEnumerable<SiloAddress> silos = Enumerable.Range(0, model.Plan.Shards.Count).Select(map.SiloOf).OfType<SiloAddress>().Distinct();
        WireSilo?[] states = await Task.WhenAll(silos.Select(StateAsync)).WaitAsync(cancellationToken);
        return new WireLayout([.. model.Plan.Shards.Select(s => s.End)], [.. states.OfType<WireSilo>()]);
    }

    public async Task<WireParcel<WireModel>> DescribeAsync(CancellationToken cancellationToken)
    {
        WireModel described = await model.DescribeAsync(cancellationToken);
        return model.Parcels.Pack(described, described.Weight);
    }

    public async Task<long> HeadAsync(CancellationToken cancellationToken)
    {
        EditLedger ledger = await model.LedgerAsync(cancellationToken);
        return (await ledger.HeadAsync(cancellationToken)).Number;
    }

    public async Task<WireParcel<byte[][]>> LogAsync(long after, CancellationToken cancellationToken)
    {
        EditLedger ledger = await model.LedgerAsync(cancellationToken);
        IReadOnlyList<LedgerEntry> entries = await ledger.EntriesAsync(new ModelVersion(after), cancellationToken);

        // Off the scheduler: others ask for the head meanwhile.
        return Pack(await Task.Run(() => Page(entries.Select(entry => LedgerCodec.Encode(entry).Bytes)), cancellationToken));
    }

    public async Task<WireParcel<byte[][]>> NotesAsync(long after, CancellationToken cancellationToken)
    {
        EditLedger ledger = await model.LedgerAsync(cancellationToken);
        return Pack(Page(await ledger.NotesAsync(after, cancellationToken)));
    }

    public async Task<bool> AddNoteAsync(long number, WireParcel<byte[]> note, CancellationToken cancellationToken)
    {
        EditLedger ledger = await model.LedgerAsync(cancellationToken);
        return await ledger.AddNoteAsync(number, model.Parcels.Open(note), cancellationToken);
    }

    public async Task<WireOutcome> EditAsync(WireParcel<WireEdit[]> edits, CancellationToken cancellationToken)
    {
        EditRequest[] requests = Open(edits, out IDisposable memory);
        using (memory)
        {
            EditCoordinator coordinator = await EditorKnownAsync(cancellationToken);
            return WireOutcome.Of(await coordinator.EditAsync(requests, cancellationToken));
        }
    }

    public Task<WireParcel<WirePreview>> PreviewAsync(WireParcel<WireEdit[]> edits, CancellationToken cancellationToken) => PreviewAsync(edits, guarded: false, cancellationToken);

    public Task<WireParcel<WirePreview>> GuardedPreviewAsync(WireParcel<WireEdit[]> edits, CancellationToken cancellationToken) => PreviewAsync(edits, guarded: true, cancellationToken);

    private async Task<WireParcel<WirePreview>> PreviewAsync(WireParcel<WireEdit[]> edits, bool guarded, CancellationToken cancellationToken)
    {
        EditRequest[] requests = Open(edits, out IDisposable memory);
        using (memory)
        {
            EditCoordinator coordinator = await EditorKnownAsync(cancellationToken);
            WirePreview preview = WirePreview.Of(await coordinator.PreviewAsync(requests, guarded, cancellationToken));
            return model.Parcels.Pack(preview, preview.Weight);
        }
    }

    public async Task<long[]> ConsolidateAsync(WireConsolidation options, CancellationToken cancellationToken)
    {
        EditCoordinator coordinator = await EditorKnownAsync(cancellationToken);
        ConsolidationOutcome done = await coordinator.ConsolidateAsync(options.ToOptions(), null, cancellationToken);
        return [done.Version.Number, done.Edits];
    }

    public async Task<long> RevertAsync(WireRevert revert, CancellationToken cancellationToken)
    {
        EditCoordinator coordinator = await CoordinatorAsync();
        return (await coordinator.RevertAsync(revert.ToRequest(), cancellationToken)).Number;
    }

    public async Task<string> UseEditorAsync(string name, CancellationToken cancellationToken)
    {
        EditCoordinator coordinator = await CoordinatorAsync();
        SiloEditor editor = await model.Editors.OpenAsync(name, cancellationToken);

        // Every silo has it before any edit names it, and until it is in the ledger none does.
        WireEditor use = WireEditor.Of(editor.Reference);
        await Task.WhenAll(_shards.Value.Select(s => s.LoadEditorAsync(use, cancellationToken)));
        EditLedger ledger = await model.LedgerAsync(cancellationToken);
        await ledger.UseEditorAsync(new LedgerEditor(name, editor.Digest), cancellationToken);
        Use(coordinator, editor);
        return use.Digest;
    }

    private async Task CollectAsync(CancellationToken cancellationToken) => (await model.LedgerAsync(cancellationToken)).CollectWhenDue();

    private WireParcel<byte[][]> Pack(byte[][] page) => model.Parcels.Pack(page, page.Sum(p => p.LongLength + 8));

    /// <summary>As many as one message takes, at least one.</summary>
    private byte[][] Page(IEnumerable<byte[]> all)
    {
        List<byte[]> page = [];
        long weight = 0;
        foreach (byte[] bytes in all)
        {
            weight += bytes.LongLength + 8;
            if (page.Count > 0 && !Parcels.FitsIn(model.Parcels.PieceBytes, weight))
            {
                break;
            }

            page.Add(bytes);
        }

        return [.. page];
    }

    /// <summary>The edits of a call, for as long as what they take is not given back.</summary>
    /// <exception cref="RequestTooLargeException">There are too many.</exception>
    private EditRequest[] Open(WireParcel<WireEdit[]> parcel, out IDisposable memory)
    {
        WireEdit[] edits = model.Parcels.Open(parcel);
        if (edits.Length > model.Options.EditsPerCall)
        {
            throw new RequestTooLargeException($"The call has {edits.Length} edits, and at most {model.Options.EditsPerCall} may be in one (Model:EditsPerCall); send them in several calls.");
        }

        memory = model.Requests.Take(edits.Sum(e => e.Weight), "The call");
        return [.. edits.Select(e => e.ToRequest())];
    }

    private async Task<WireSilo?> StateAsync(SiloAddress silo)
    {
        try
        {
            return await grains.GetGrain<IOfferGrain>(silo.ToParsableString()).StateAsync();
        }
        catch (Exception error) when (error is OrleansException or TimeoutException)
        {
            // It is gone, or about to go.
            return null;
        }
    }

    /// <summary>The coordinator, made on first use, and again when that failed.</summary>
    private Task<EditCoordinator> CoordinatorAsync() => _coordinator is { IsFaulted: false, IsCanceled: false } made ? made : _coordinator = MakeAsync();

    private async Task<EditCoordinator> MakeAsync()
    {
        EditLedger ledger = await model.LedgerAsync(CancellationToken.None);
        return new EditCoordinator(ledger, _shards.Value, null, new EditCoordinatorOptions(), model.Time);
    }

    /// <summary>The coordinator, drafting with the editor that the ledger names, or where it names none, with the configured one.</summary>
    private async Task<EditCoordinator> EditorKnownAsync(CancellationToken cancellationToken)
    {
        EditCoordinator coordinator = await CoordinatorAsync();
        EditLedger ledger = await model.LedgerAsync(cancellationToken);
        LedgerEditor? named = await ledger.EditorAsync(cancellationToken);
        if (named is not null && named.Digest.Hex != _inUse)
        {
            Use(coordinator, await model.Editors.GetAsync(new EditorReference(named.Digest.Hex, named.Name), cancellationToken));
        }
        else if (named is null && (_inUse is null || _inUse != _configured) && model.Editors.Configured is { } name)
        {
            SiloEditor editor = await model.Editors.OpenAsync(name, cancellationToken);
            _configured = editor.Reference.Digest;
            Use(coordinator, editor);
        }

        return coordinator;
    }

    private void Use(EditCoordinator coordinator, SiloEditor editor)
    {
        _inUse = editor.Reference.Digest;
        coordinator.Use(Drafts(editor));
    }

    /// <summary>The editor's networks are not needed here, only what is to be known of it; they are loaded once a silo.</summary>
    private IEditDrafter Drafts(SiloEditor editor) => EditDrafters.Of(
        new ShardRunner(model.Folder.Architecture, model.Plan, _shards.Value, model.Engine), editor, new ExampleEncoder(model.Folder.Architecture, model.Folder.Tokenizer), editor.Reference);
}
