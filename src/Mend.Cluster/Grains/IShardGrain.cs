namespace Mend.Cluster;

/// <summary>One shard of one model: what <see cref="Mend.Sharding.IShard"/> is, over the wire. Its key is "model/index".</summary>
[Alias("mend.shard")]
public interface IShardGrain : IGrainWithStringKey
{
    /// <summary>Runs a pass from this shard to the last and back.</summary>
    [Alias("run"), ResponseTimeout("00:10:00"), Needs(CallerRight.Read)]
    Task<WireParcel<WireReply>> RunAsync(WireParcel<WirePass> pass, CancellationToken cancellationToken);

    /// <summary>Keeps factors as a draft.</summary>
    [Alias("keep")]
    Task KeepAsync(string draft, WireParcel<WireFactors[]> factors, CancellationToken cancellationToken);

    /// <summary>Keeps what the layers' editors make of signals as a draft.</summary>
    [Alias("contribute"), ResponseTimeout("00:10:00")]
    Task ContributeAsync(string draft, WireEditor? editor, WireParcel<WireSignals[]> signals, CancellationToken cancellationToken);

    /// <summary>The factors of a draft.</summary>
    [Alias("factors")]
    Task<WireParcel<WireFactors[]>> FactorsAsync(WireDraft draft, CancellationToken cancellationToken);

    /// <summary>Makes a draft durable; the references as JSON.</summary>
    [Alias("prepare")]
    Task<string> PrepareAsync(string edit, WireDraft draft, CancellationToken cancellationToken);

    /// <summary>Forgets drafts.</summary>
    [Alias("discard")]
    Task DiscardAsync(string[] drafts, CancellationToken cancellationToken);

    /// <summary>Makes a version ready.</summary>
    [Alias("apply")]
    Task ApplyAsync(long version, CancellationToken cancellationToken);

    /// <summary>Forgets a generation session.</summary>
    [Alias("end-session"), Needs(CallerRight.Read)]
    Task EndSessionAsync(string session);

    /// <summary>Activates the shard on its silo, and waits until it serves.</summary>
    [Alias("load"), ResponseTimeout("01:00:00")]
    Task LoadAsync(CancellationToken cancellationToken);

    /// <summary>Loads an editor on the shard's silo.</summary>
    [Alias("load-editor"), ResponseTimeout("00:10:00")]
    Task LoadEditorAsync(WireEditor editor, CancellationToken cancellationToken);
}

/// <summary>The editor network of one edited layer, on the silo of the layer's shard. Its key is "model/shard/layer".</summary>
[Alias("mend.editor")]
public interface IEditorGrain : IGrainWithStringKey
{
    /// <summary>The factors of the layer.</summary>
    [Alias("factors"), ResponseTimeout("00:10:00")]
    Task<WireFactors> FactorsAsync(WireSignals signals, CancellationToken cancellationToken);
}

/// <summary>Edits, versions and description of one model. Its key is the model's name.</summary>
[Alias("mend.coordinator")]
public interface ICoordinatorGrain : IGrainWithStringKey
{
    /// <summary>What a client must know of the model.</summary>
    [Alias("describe"), Needs(CallerRight.Read)]
    Task<WireParcel<WireModel>> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>The newest version.</summary>
    [Alias("head"), Needs(CallerRight.Read)]
    Task<long> HeadAsync(CancellationToken cancellationToken);

    /// <summary>A page of the entries after a version, as the ledger stores them, oldest first; empty when there are no more.</summary>
    [Alias("log"), Needs(CallerRight.Read)]
    Task<WireParcel<byte[][]>> LogAsync(long after, CancellationToken cancellationToken);

    /// <summary>A page of the notes after a number, oldest first; empty when there are no more.</summary>
    [Alias("notes"), Needs(CallerRight.Read)]
    Task<WireParcel<byte[][]>> NotesAsync(long after, CancellationToken cancellationToken);

    /// <summary>Adds a note.</summary>
    /// <returns>False: another one has its number.</returns>
    [Alias("add-note"), Needs(CallerRight.Edit)]
    Task<bool> AddNoteAsync(long number, WireParcel<byte[]> note, CancellationToken cancellationToken);

    /// <summary>What each silo holds now.</summary>
    [Alias("layout"), Needs(CallerRight.Read)]
    Task<WireLayout> LayoutAsync(CancellationToken cancellationToken);

    /// <summary>Commits edits as one version.</summary>
    [Alias("edit"), ResponseTimeout("00:10:00"), Needs(CallerRight.Edit)]
    Task<WireOutcome> EditAsync(WireParcel<WireEdit[]> edits, CancellationToken cancellationToken);

    /// <summary>Computes edits and commits nothing.</summary>
    [Alias("preview"), ResponseTimeout("00:10:00"), Needs(CallerRight.Edit)]
    Task<WireParcel<WirePreview>> PreviewAsync(WireParcel<WireEdit[]> edits, CancellationToken cancellationToken);

    /// <summary>The same, with what the guard sees.</summary>
    [Alias("guarded-preview"), ResponseTimeout("00:10:00"), Needs(CallerRight.Edit)]
    Task<WireParcel<WirePreview>> GuardedPreviewAsync(WireParcel<WireEdit[]> edits, CancellationToken cancellationToken);

    /// <summary>Consolidates all live edits.</summary>
    /// <returns>The version, and the number of edits.</returns>
    [Alias("consolidate"), ResponseTimeout("12:00:00"), Needs(CallerRight.Operate)]
    Task<long[]> ConsolidateAsync(WireConsolidation options, CancellationToken cancellationToken);

    /// <summary>Takes versions back.</summary>
    [Alias("take-back"), Needs(CallerRight.Edit)]
    Task<long> RevertAsync(WireRevert revert, CancellationToken cancellationToken);

    /// <summary>Makes every silo load an editor by its name, then takes it into use, as a version of the ledger. Edits at work finish with the one they began with.</summary>
    /// <returns>The file's digest.</returns>
    [Alias("use-editor"), Needs(CallerRight.Operate), ResponseTimeout("00:10:00")]
    Task<string> UseEditorAsync(string name, CancellationToken cancellationToken);
}
