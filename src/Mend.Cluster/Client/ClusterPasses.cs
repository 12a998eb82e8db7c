using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>
/// Passes through a cluster's shards as the cluster describes them. When silos say that they were split in another way meanwhile, the description
/// is asked for again, and the pass that is sent again fits. Safe to use from several threads.
/// </summary>
internal sealed class ClusterPasses : IPassRunner
{
    private readonly IGrainFactory _grains;
    private Split _split;

    public ClusterPasses(IGrainFactory grains, WireModel model, ModelArchitecture architecture, IEngine engine)
    {
        (_grains, Architecture, Engine) = (grains, architecture, engine);
        BaseModel = Fingerprint(model);
        _split = Of(model);
    }

    public ModelArchitecture Architecture { get; }

    public IEngine Engine { get; }

    /// <summary>The files of the model.</summary>
    public BaseModelFingerprint BaseModel { get; }

    /// <summary>Bytes of what travels in one message.</summary>
    public int PieceBytes => Volatile.Read(ref _split).PieceBytes;

    /// <summary>Asks what the cluster serves.</summary>
    /// <exception cref="UnknownModelException">Another model.</exception>
    public static async Task<WireModel> DescribeAsync(IGrainFactory grains, string name, CancellationToken cancellationToken)
    {
        ICoordinatorGrain coordinator = Faults.Grain<ICoordinatorGrain>(grains, name);
        WireModel model = await Faults.GuardAsync(
            "The cluster",
            async () => await Parcels.TakeAsync(coordinator, await coordinator.DescribeAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
        return model.Name == name ? model : throw new UnknownModelException(name, model.Name);
    }

    public async Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken)
    {
        Split split = Volatile.Read(ref _split);
        try
        {
            return await split.Runner.RunAsync(pass, hooks, cancellationToken).ConfigureAwait(false);
        }
        catch (ModelChangedException)
        {
            await LearnAsync(split, cancellationToken).ConfigureAwait(false);
            throw;
        }
        catch (UnknownVersionException unknown)
        {
            // Not every silo sees at once what was committed.
            ICoordinatorGrain coordinator = _grains.GetGrain<ICoordinatorGrain>(split.Name);
            long head = await Faults.GuardAsync("The cluster", () => coordinator.HeadAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            throw pass.Version > head ? unknown : new RetryableException($"A shard has not learnt of version {pass.Version} yet; send the request again.", unknown);
        }
    }

    public Task EndSessionAsync(string session) => Volatile.Read(ref _split).Runner.EndSessionAsync(session);

    private static BaseModelFingerprint Fingerprint(WireModel model) => new(model.Fingerprint[0].Value, model.Fingerprint[1..]);

    /// <exception cref="InvalidOperationException">The files are others, so nothing that was read of the model holds any more.</exception>
    private async Task LearnAsync(Split known, CancellationToken cancellationToken)
    {
        WireModel model = await DescribeAsync(_grains, known.Name, cancellationToken).ConfigureAwait(false);
        if (Fingerprint(model).DifferencesFrom(BaseModel) is { Count: > 0 } differences)
        {
            throw new InvalidOperationException($"The cluster serves another model by the name '{known.Name}' than when this program connected ({string.Join("; ", differences)}); connect anew.");
        }

        Interlocked.CompareExchange(ref _split, Of(model), known);
    }

    private Split Of(WireModel model)
    {
        List<StageRange> ranges = [];
        foreach (int end in model.Shards)
        {
            ranges.Add(new StageRange(ranges.Count == 0 ? 0 : ranges[^1].End, end));
        }

        GrainShard[] shards =
        [
            .. ranges.Select((range, i) => new GrainShard(Faults.Grain<IShardGrain>(_grains, GrainKeys.Shard(model.Name, i)), model.Digest, range, model.PieceBytes, Engine, WireFormat.Float32))
        ];
        return new Split(model.Name, new ShardRunner(Architecture, ShardPlan.Explicit(Architecture, ranges), shards, Engine), model.PieceBytes);
    }

    private sealed record Split(string Name, ShardRunner Runner, int PieceBytes);
}
