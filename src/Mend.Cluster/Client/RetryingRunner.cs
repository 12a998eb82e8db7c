using Mend.Editing;
using Mend.Models;
using Mend.Tensors;

namespace Mend.Cluster;

/// <summary>
/// Sends passes again that failed for reasons that pass, so that long work survives a silo that restarts: a pass changes nothing, and hooks
/// are told of it only when it is back. Passes of a generation session are not: what the session holds may be lost.
/// </summary>
/// <param name="runner">The chain.</param>
/// <param name="retry">How patiently.</param>
/// <param name="giveUp">Cancels every pass, also those that their callers would not cancel.</param>
internal sealed class RetryingRunner(IPassRunner runner, Retry retry, CancellationToken giveUp = default) : IPassRunner
{
    public ModelArchitecture Architecture => runner.Architecture;

    public IEngine Engine => runner.Engine;

    public async Task<PassResult> RunAsync(Pass pass, PassHooks hooks, CancellationToken cancellationToken)
    {
        using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, giveUp);
        return pass.Session is null
            ? await retry.RunAsync(() => runner.RunAsync(pass, hooks, any.Token), any.Token).ConfigureAwait(false)
            : await runner.RunAsync(pass, hooks, any.Token).ConfigureAwait(false);
    }

    public Task EndSessionAsync(string session) => runner.EndSessionAsync(session);
}
