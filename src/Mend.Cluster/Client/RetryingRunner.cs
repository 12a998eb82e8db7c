using Mend.Editing;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>
/// Sends passes again that failed for reasons that pass, so that long work survives a silo that restarts: a pass changes nothing, and hooks
/// are told of it only when it is back. Passes of generations are not: what their sessions hold may be lost.
/// </summary>
/// <param name="runner">The chain.</param>
/// <param name="retry">How patiently.</param>
internal sealed class RetryingRunner(IPassRunner runner, Retry retry) : IPassRunner
{
    public ModelArchitecture Architecture => runner.Architecture;

    public IEngine Engine => runner.Engine;

    public Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken) => pass.Texts.Count == 0
        ? retry.RunAsync(() => runner.RunAsync(pass, hooks, cancellationToken), cancellationToken)
        : runner.RunAsync(pass, hooks, cancellationToken);

    public Task EndSessionAsync(string session) => runner.EndSessionAsync(session);
}
