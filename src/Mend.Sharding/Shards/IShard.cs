using Mend.Editing;
using Mend.Ledger;

namespace Mend.Sharding;

/// <summary>
/// A shard of a model as its chain and the coordinator see it, in this process or on another silo. Every method may be repeated
/// when its outcome is unknown. Safe to use from several threads.
/// </summary>
/// <exception cref="RetryableException">From any method: the shard cannot be reached, is busy, or lost what it kept.</exception>
public interface IShard
{
    /// <summary>Runs the shard's part of a pass and all that follows.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="hooks">Objects that take part in it.</param>
    /// <param name="input">The previous shard's output; of the first shard, what the pass starts from.</param>
    /// <param name="cancellationToken">Looked at between stages.</param>
    Task<ShardReply> RunAsync(Pass pass, PassHooks hooks, ShardActivations input, CancellationToken cancellationToken);

    /// <summary>Keeps factors that were made elsewhere as a draft.</summary>
    /// <param name="draft">The draft's name.</param>
    /// <param name="factors">Factors of layers of this shard.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task KeepAsync(string draft, IReadOnlyList<EditFactors> factors, CancellationToken cancellationToken);

    /// <summary>Hands signals of this shard's layers to their editors, and keeps what they make of them as a draft.</summary>
    /// <param name="draft">The draft's name.</param>
    /// <param name="editor">The editor; null where the shard has but one.</param>
    /// <param name="signals">Signals of layers of this shard.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task ContributeAsync(string draft, EditorReference? editor, IReadOnlyList<LayerSignals> signals, CancellationToken cancellationToken);

    /// <summary>The factors of a kept draft, at its strength.</summary>
    /// <param name="draft">The draft.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IReadOnlyList<EditFactors>> FactorsAsync(KeptDraft draft, CancellationToken cancellationToken);

    /// <summary>Makes a draft's factors durable at its strength, which is the shard's vote for the edit.</summary>
    /// <param name="edit">The edit.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>References to name in the commit.</returns>
    Task<IReadOnlyList<FactorReference>> PrepareAsync(EditId edit, KeptDraft draft, CancellationToken cancellationToken);

    /// <summary>Forgets drafts; unknown ones are passed over.</summary>
    /// <param name="drafts">Their names.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task DiscardAsync(IReadOnlyList<string> drafts, CancellationToken cancellationToken);

    /// <summary>Makes a version ready, so that the first pass that reads it need not wait.</summary>
    /// <param name="version">The version.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task ApplyAsync(ModelVersion version, CancellationToken cancellationToken);

    /// <summary>Forgets the keys and values of a generation session; unknown ones are passed over.</summary>
    /// <param name="session">The session.</param>
    Task EndSessionAsync(string session);
}
