using Mend.Editing;
using Mend.Models;
using Mend.Models.Execution;
using Mend.Testing;

namespace Mend.Sharding.Tests.Overlays;

/// <summary>Builds belong to the cache, not to who asked first.</summary>
public sealed class OverlayCacheTests : IDisposable
{
    private readonly Versions _versions = new();
    private readonly OverlayCache _cache;

    public OverlayCacheTests() => _cache = new OverlayCache(ModelFixtures.Engine, _ => null, _versions, 8);

    public void Dispose() => _cache.Dispose();

    [Fact]
    public async Task LeaseAsync_FirstCallerGivesUp_TheBuildGoesOnForOthers()
    {
        using CancellationTokenSource impatient = new();
        Task<EditOverlay?> first = _cache.LeaseAsync(1, impatient.Token), second = _cache.LeaseAsync(1, CancellationToken.None);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        _versions.Give(1);
        using EditOverlay? overlay = await second;

        Assert.NotNull(overlay);
        Assert.Equal(1, _versions.Reads(1));
    }

    [Fact]
    public async Task LeaseAsync_VersionIsThere_DoesNotWaitForOneThatIsBuilt()
    {
        _versions.Give(1);
        using EditOverlay? held = await _cache.LeaseAsync(1, CancellationToken.None);
        Task<EditOverlay?> slow = _cache.LeaseAsync(2, CancellationToken.None);

        using EditOverlay? again = await _cache.LeaseAsync(1, CancellationToken.None);

        Assert.Same(held, again);
        Assert.False(slow.IsCompleted);
        _versions.Give(2);
        using EditOverlay? built = await slow;
        Assert.NotSame(held, built);
    }

    [Fact]
    public async Task LeaseAsync_BuildFails_TheNextCallTriesAgain()
    {
        Task<EditOverlay?> failing = _cache.LeaseAsync(1, CancellationToken.None);
        _versions.Fail(1, new IOException("The ledger hangs."));
        await Assert.ThrowsAsync<IOException>(() => failing);

        _versions.Give(1);
        using EditOverlay? overlay = await _cache.LeaseAsync(1, CancellationToken.None);

        Assert.NotNull(overlay);
        Assert.Equal(2, _versions.Reads(1));
    }

    [Fact]
    public async Task LeaseAsync_ManyVersions_KeepsWhatIsInUseUntilItIsGivenBack()
    {
        _versions.Give(1);
        EditOverlay? held = await _cache.LeaseAsync(1, CancellationToken.None);
        for (long version = 2; version <= 9; version++)
        {
            _versions.Give(version);
            (await _cache.LeaseAsync(version, CancellationToken.None))!.Dispose();
        }

        Assert.True(held!.TryLease(), "It was let go of while somebody reads it.");
        held.Dispose();
        held.Dispose();
        Assert.False(held.TryLease());
        using EditOverlay? anew = await _cache.LeaseAsync(1, CancellationToken.None);
        Assert.NotSame(held, anew);
    }

    /// <summary>What was looked at before its commit is not solved again; anything else is.</summary>
    [Fact]
    public async Task LeaseAsync_DraftThatWasLaidIsCommitted_IsTheOverlayThatIsThere()
    {
        using ModelFolder folder = ModelFolder.Open(ModelFixtures.Folder("gpt2"));
        using ShardChain chain = ModelFixtures.Load(folder, 1);
        using OverlayCache cache = new(chain.Engine, chain.Shards[0].Layers.GetValueOrDefault, _versions, 8);
        _versions.Give(1, Contribution(1), Contribution(2));
        _versions.Give(2, Contribution(1), Contribution(3));
        Pass pass = new() { Batch = new ModelBatch(1, [1]), Preview = [Contribution(1), Contribution(2)] };

        using VersionLease laid = await cache.LeaseAsync(pass, CancellationToken.None);
        using EditOverlay? committed = await cache.LeaseAsync(1, CancellationToken.None);
        using EditOverlay? other = await cache.LeaseAsync(2, CancellationToken.None);

        Assert.Same(laid.Overlay, committed);
        Assert.NotSame(laid.Overlay, other);
        Assert.True(committed!.Changes("transformer.h.1.mlp.c_proj.weight"));

        static EditFactors Contribution(int seed)
        {
            float[] keys = Values.Random(80, seed);
            return new EditFactors("transformer.h.1.mlp.c_proj.weight", 1, 80, 32, keys, Values.Random(32, 100 + seed), 1, new JointTerm([.. keys], "m", $"s{seed}"));
        }
    }

    /// <summary>Versions, each read when the test lets it.</summary>
    private sealed class Versions : IVersionFactors
    {
        private readonly Dictionary<long, TaskCompletionSource<VersionFactors>> _answers = [];
        private readonly Dictionary<long, int> _reads = [];

        public int Reads(long version) => _reads.GetValueOrDefault(version);

        public void Give(long version, params EditFactors[] factors) => Answer(version).TrySetResult(new VersionFactors(null, factors));

        public void Fail(long version, Exception error)
        {
            TaskCompletionSource<VersionFactors> failing = Answer(version);
            _answers.Remove(version);
            failing.SetException(error);
        }

        public Task<VersionFactors> FactorsAsync(long version, Func<string, bool> owns, CancellationToken cancellationToken)
        {
            _reads[version] = Reads(version) + 1;
            return Answer(version).Task;
        }

        private TaskCompletionSource<VersionFactors> Answer(long version) =>
            _answers.TryGetValue(version, out TaskCompletionSource<VersionFactors>? answer) ? answer : _answers[version] = new TaskCompletionSource<VersionFactors>();
    }
}
