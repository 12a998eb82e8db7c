using Microsoft.Extensions.Hosting;

namespace Mend.Gateway;

/// <summary>Leaves signals to the program around the server.</summary>
internal sealed class OwnLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
