using Mend.Models;
using Mend.Tensors;

namespace Mend.Editing.Tests;

/// <summary>A model whose passes are counted and can be met.</summary>
internal sealed class WatchedRunner(IPassRunner inner) : IPassRunner
{
    public int Passes { get; private set; }

    /// <summary>Called with the pass's number, from 1, before it runs.</summary>
    public Action<int>? Before { get; set; }

    public ModelArchitecture Architecture => inner.Architecture;

    public IEngine Engine => inner.Engine;

    public Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken)
    {
        Before?.Invoke(++Passes);
        return inner.RunAsync(pass, hooks, cancellationToken);
    }

    public Task EndSessionAsync(string session) => inner.EndSessionAsync(session);
}
