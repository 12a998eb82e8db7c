using Mend.Cluster;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Mend.Silo;

/// <summary>Makes the tables that silos meet in before the silo starts, and waits for a server that cannot be reached yet.</summary>
internal sealed partial class MembershipTables(MembershipDatabase database, Readiness readiness, TimeProvider time, ILogger<MembershipTables> log) : IHostedService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private string? _told;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        readiness.Waiting = $"Waits for {database.Name}.";
        while (!await TryAsync(cancellationToken))
        {
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await database.EnsureAsync(cancellationToken);
            readiness.Waiting = "Joins the cluster.";
            return true;
        }
        catch (NpgsqlException error) when (error.IsTransient || error.InnerException is System.Net.Sockets.SocketException or IOException)
        {
            // Once, and again when it becomes another fault: a server may be away for hours.
            if (_told != error.Message)
            {
                LogUnreachable(database.Name, _told = error.Message);
            }

            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Database} cannot be reached and is tried again: {Fault}")]
    private partial void LogUnreachable(string database, string fault);
}
