using Mend.Editing;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// The overlays of the versions that a shard was asked for lately. A version it has not applied is read from the ledger. A build belongs to
/// the cache and not to the caller who asked first: who gives up leaves it to the others, and readers of versions that are there wait for
/// none. Safe to use from several threads.
/// </summary>
internal sealed class OverlayCache(IEngine engine, Func<string, Weight?> weights, IVersionFactors versions, int foldRank) : IDisposable
{
    /// <summary>Versions kept: the head, its predecessor while readers drain, and a few that someone looks back at.</summary>
    private const int Kept = 4;

    private readonly Lock _lock = new();
    private readonly List<(long Version, Task<Built> Build)> _recent = [];
    private readonly CancellationTokenSource _closing = new();
    private Laid? _laid;
    private long _newest;

    /// <summary>The newest version that was made ready; 0 for the base model.</summary>
    public long Newest => Interlocked.Read(ref _newest);

    /// <summary>What a pass reads; the caller disposes it.</summary>
    public async Task<VersionLease> LeaseAsync(Pass pass, CancellationToken cancellationToken)
    {
        List<EditFactors> laid = [.. pass.Before, .. pass.Preview];
        if (laid.Exists(f => f.Joint is not null))
        {
            if (FindLaid(pass.Version, laid) is { } there)
            {
                return there;
            }

            // What is laid over the version is solved together with what the version holds.
            VersionFactors held = pass.Version == 0 ? VersionFactors.None : await versions.FactorsAsync(pass.Version, Owns, cancellationToken).ConfigureAwait(false);
            List<EditFactors> all = [.. held.Factors, .. laid.Where(f => Owns(f.Layer))];
            return KeepLaid(new Laid(pass.Version, laid, all, new Built(EditOverlay.Build(engine, weights, all, foldRank), held.Digest)));
        }

        (EditOverlay? committed, string? digest) = await FindAsync(pass.Version, cancellationToken).ConfigureAwait(false);
        return new VersionLease(laid.Count == 0 ? committed : new PreviewOverlay(engine, weights, committed, pass), digest);
    }

    /// <summary>The overlay of a version; the caller disposes it. Null for the base model.</summary>
    public async Task<EditOverlay?> LeaseAsync(long version, CancellationToken cancellationToken) =>
        (await FindAsync(version, cancellationToken).ConfigureAwait(false)).Overlay;

    /// <summary>Asks the ledger what a version is, whatever is kept of it.</summary>
    /// <returns>The digest of the version's entry, or null.</returns>
    public async Task<string?> AskAsync(long version, CancellationToken cancellationToken) =>
        (await versions.FactorsAsync(version, static _ => false, cancellationToken).ConfigureAwait(false)).Digest;

    public void Dispose()
    {
        _closing.Cancel();
        lock (_lock)
        {
            _recent.ForEach(r => Release(r.Build));
            _recent.Clear();
            _laid?.Build.Overlay.Dispose();
            _laid = null;
        }
    }

    /// <summary>The overlay that was last solved with factors laid over a version, where these are the same ones: a look at a draft takes several passes.</summary>
    private VersionLease? FindLaid(long version, List<EditFactors> laid)
    {
        lock (_lock)
        {
            return _laid is { } last && last.Version == version && last.OnTop.SequenceEqual(laid, ReferenceEqualityComparer.Instance) && last.Build.Overlay.TryLease()
                ? new VersionLease(last.Build.Overlay, last.Build.Digest) : null;
        }
    }

    private VersionLease KeepLaid(Laid laid)
    {
        laid.Build.Overlay.TryLease();
        lock (_lock)
        {
            _laid?.Build.Overlay.Dispose();
            _laid = laid;
        }

        return new VersionLease(laid.Build.Overlay, laid.Build.Digest);
    }

    /// <summary>The overlay of a draft that was looked at before it was committed as just these factors.</summary>
    private EditOverlay? FindCommitted(IReadOnlyList<EditFactors> factors)
    {
        Laid? last;
        lock (_lock)
        {
            last = _laid;
        }

        // Compared outside: readers of versions that are there take the lock too. One that was let go of meanwhile is not leased.
        return last is not null && last.All.Count == factors.Count && last.All.Zip(factors).All(f => f.First.SameAs(f.Second)) && last.Build.Overlay.TryLease() ? last.Build.Overlay : null;
    }

    /// <summary>A version as it was built, leased.</summary>
    private async Task<(EditOverlay? Overlay, string? Digest)> FindAsync(long version, CancellationToken cancellationToken)
    {
        while (version != 0)
        {
            Built built = await Find(version).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (built.Overlay.TryLease())
            {
                return (built.Overlay, built.Digest);
            }
        }

        return (null, null);
    }

    /// <summary>The version's overlay, or its build, which this begins where nobody has.</summary>
    private Task<Built> Find(long version)
    {
        TaskCompletionSource<Built> build = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            int at = _recent.FindIndex(r => r.Version == version);
            if (at >= 0)
            {
                (long, Task<Built> Build) found = _recent[at];
                _recent.RemoveAt(at);
                _recent.Add(found);
                return found.Build;
            }

            _recent.Add((version, build.Task));
            if (_recent.Count > Kept)
            {
                Release(_recent[0].Build);
                _recent.RemoveAt(0);
            }
        }

        _ = BuildAsync(version, build);
        return build.Task;
    }

    private async Task BuildAsync(long version, TaskCompletionSource<Built> build)
    {
        try
        {
            (string? digest, IReadOnlyList<EditFactors> factors) = await versions.FactorsAsync(version, Owns, _closing.Token).ConfigureAwait(false);
            EditOverlay overlay = FindCommitted(factors) ?? EditOverlay.Build(engine, weights, factors, foldRank);
            lock (_lock)
            {
                _newest = Math.Max(_newest, version);
            }

            build.SetResult(new Built(overlay, digest));
        }
        catch (Exception error)
        {
            lock (_lock)
            {
                _recent.RemoveAll(r => r.Build == build.Task);
            }

            build.SetException(error);
        }
    }

    /// <summary>Gives an overlay back, now or when it is built.</summary>
    private static void Release(Task<Built> build) => build.ContinueWith(
        static built => built.Result.Overlay.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private bool Owns(string layer) => weights(layer) is not null;

    /// <summary>A version's overlay.</summary>
    /// <param name="Overlay">The overlay.</param>
    /// <param name="Digest">What the version is beyond its number, as the ledger said when it was built.</param>
    private sealed record Built(EditOverlay Overlay, string? Digest);

    /// <summary>What was last laid over a version.</summary>
    /// <param name="Version">The version.</param>
    /// <param name="OnTop">What was laid over it.</param>
    /// <param name="All">What the version holds and what was laid over it, of this shard's layers.</param>
    /// <param name="Build">The overlay of both, and the version's digest.</param>
    private sealed record Laid(long Version, List<EditFactors> OnTop, List<EditFactors> All, Built Build);
}

/// <summary>What a pass reads on a shard; given back when the pass is through.</summary>
/// <param name="Overlay">The overlay; null for the bare base model.</param>
/// <param name="Digest">Digest of the version's entry; null for the base model and for a model without a ledger.</param>
internal readonly record struct VersionLease(IPassOverlay? Overlay, string? Digest) : IDisposable
{
    public void Dispose() => Overlay?.Dispose();
}
