using Mend.Editing;
using Mend.Tensors;

namespace Mend.Sharding;

/// <summary>
/// The overlays of the versions that a shard was asked for lately. A version it has not applied is read from the ledger.
/// Safe to use from several threads.
/// </summary>
internal sealed class OverlayCache(IEngine engine, Func<string, Weight?> weights, IVersionFactors versions, int foldRank) : IDisposable
{
    /// <summary>Versions kept: the head, its predecessor while readers drain, and a few that someone looks back at.</summary>
    private const int Kept = 4;

    private readonly SemaphoreSlim _gate = new(1);
    private readonly List<(long Version, EditOverlay Overlay)> _recent = [];

    /// <summary>The overlay that a pass reads; the caller disposes it. Null for the bare base model.</summary>
    public async Task<IPassOverlay?> LeaseAsync(Pass pass, CancellationToken cancellationToken)
    {
        EditOverlay? committed = await LeaseAsync(pass.Version, cancellationToken).ConfigureAwait(false);
        return pass.Before.Count + pass.Preview.Count == 0 ? committed : new PreviewOverlay(engine, weights, committed, pass);
    }

    /// <summary>The overlay of a version; the caller disposes it. Null for the base model.</summary>
    public async Task<EditOverlay?> LeaseAsync(long version, CancellationToken cancellationToken)
    {
        if (version == 0)
        {
            return null;
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            int at = _recent.FindIndex(r => r.Version == version);
            EditOverlay overlay = at >= 0
                ? _recent[at].Overlay
                : EditOverlay.Build(engine, weights, await versions.FactorsAsync(version, Owns, cancellationToken).ConfigureAwait(false), foldRank);
            if (at >= 0)
            {
                _recent.RemoveAt(at);
            }

            _recent.Add((version, overlay));
            if (_recent.Count > Kept)
            {
                _recent[0].Overlay.Dispose();
                _recent.RemoveAt(0);
            }

            return overlay.Lease();
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose()
    {
        foreach ((long _, EditOverlay overlay) in _recent)
        {
            overlay.Dispose();
        }

        _recent.Clear();
        _gate.Dispose();
    }

    private bool Owns(string layer) => weights(layer) is not null;
}
