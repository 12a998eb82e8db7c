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
    private readonly List<(long Version, Task<EditOverlay> Overlay)> _recent = [];
    private readonly CancellationTokenSource _closing = new();
    private Laid? _laid;
    private long _newest;

    /// <summary>The newest version that was made ready; 0 for the base model.</summary>
    public long Newest => Interlocked.Read(ref _newest);

    /// <summary>The overlay that a pass reads; the caller disposes it. Null for the bare base model.</summary>
    public async Task<IPassOverlay?> LeaseAsync(Pass pass, CancellationToken cancellationToken)
    {
        List<EditFactors> laid = [.. pass.Before, .. pass.Preview];
        if (laid.Exists(f => f.Joint is not null))
        {
            if (FindLaid(pass.Version, laid) is { } there)
            {
                return there;
            }

            // What is laid over the version is solved together with what the version holds.
            IReadOnlyList<EditFactors> held = pass.Version == 0 ? [] : await versions.FactorsAsync(pass.Version, Owns, cancellationToken).ConfigureAwait(false);
            List<EditFactors> all = [.. held, .. laid.Where(f => Owns(f.Layer))];
            return KeepLaid(new Laid(pass.Version, laid, all, EditOverlay.Build(engine, weights, all, foldRank)));
        }

        EditOverlay? committed = await LeaseAsync(pass.Version, cancellationToken).ConfigureAwait(false);
        return laid.Count == 0 ? committed : new PreviewOverlay(engine, weights, committed, pass);
    }

    /// <summary>The overlay of a version; the caller disposes it. Null for the base model.</summary>
    public async Task<EditOverlay?> LeaseAsync(long version, CancellationToken cancellationToken)
    {
        while (version != 0)
        {
            EditOverlay overlay = await Find(version).WaitAsync(cancellationToken).ConfigureAwait(false);
            if (overlay.TryLease())
            {
                return overlay;
            }
        }

        return null;
    }

    public void Dispose()
    {
        _closing.Cancel();
        lock (_lock)
        {
            _recent.ForEach(r => Release(r.Overlay));
            _recent.Clear();
            _laid?.Overlay.Dispose();
            _laid = null;
        }
    }

    /// <summary>The overlay that was last solved with factors laid over a version, where these are the same ones: a look at a draft takes several passes.</summary>
    private EditOverlay? FindLaid(long version, List<EditFactors> laid)
    {
        lock (_lock)
        {
            return _laid is { } last && last.Version == version && last.OnTop.SequenceEqual(laid, ReferenceEqualityComparer.Instance) && last.Overlay.TryLease() ? last.Overlay : null;
        }
    }

    private EditOverlay KeepLaid(Laid laid)
    {
        laid.Overlay.TryLease();
        lock (_lock)
        {
            _laid?.Overlay.Dispose();
            _laid = laid;
        }

        return laid.Overlay;
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
        return last is not null && last.All.Count == factors.Count && last.All.Zip(factors).All(f => f.First.SameAs(f.Second)) && last.Overlay.TryLease() ? last.Overlay : null;
    }

    /// <summary>The version's overlay, or its build, which this begins where nobody has.</summary>
    private Task<EditOverlay> Find(long version)
    {
        TaskCompletionSource<EditOverlay> build = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            int at = _recent.FindIndex(r => r.Version == version);
            if (at >= 0)
            {
                (long, Task<EditOverlay> Overlay) found = _recent[at];
                _recent.RemoveAt(at);
                _recent.Add(found);
                return found.Overlay;
            }

            _recent.Add((version, build.Task));
            if (_recent.Count > Kept)
            {
                Release(_recent[0].Overlay);
                _recent.RemoveAt(0);
            }
        }

        _ = BuildAsync(version, build);
        return build.Task;
    }

    private async Task BuildAsync(long version, TaskCompletionSource<EditOverlay> build)
    {
        try
        {
            IReadOnlyList<EditFactors> factors = await versions.FactorsAsync(version, Owns, _closing.Token).ConfigureAwait(false);
            EditOverlay built = FindCommitted(factors) ?? EditOverlay.Build(engine, weights, factors, foldRank);
            lock (_lock)
            {
                _newest = Math.Max(_newest, version);
            }

            build.SetResult(built);
        }
        catch (Exception error)
        {
            lock (_lock)
            {
                _recent.RemoveAll(r => r.Overlay == build.Task);
            }

            build.SetException(error);
        }
    }

    /// <summary>Gives an overlay back, now or when it is built.</summary>
    private static void Release(Task<EditOverlay> overlay) => overlay.ContinueWith(
        static built => built.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private bool Owns(string layer) => weights(layer) is not null;

    /// <summary>What was last laid over a version.</summary>
    /// <param name="Version">The version.</param>
    /// <param name="OnTop">What was laid over it.</param>
    /// <param name="All">What the version holds and what was laid over it, of this shard's layers.</param>
    /// <param name="Overlay">The overlay of both.</param>
    private sealed record Laid(long Version, List<EditFactors> OnTop, List<EditFactors> All, EditOverlay Overlay);
}
