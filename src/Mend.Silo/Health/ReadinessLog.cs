using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mend.Silo;

/// <summary>Writes to the log whenever what the silo does or waits for changes.</summary>
internal sealed partial class ReadinessLog(Readiness readiness, TimeProvider time, ILogger<ReadinessLog> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Period, time);
        string? last = null;
        do
        {
            ReadinessReport now = readiness.Now();
            if (now.What != last)
            {
                last = now.What;
                Write(now);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Write(readiness.Now());
    }

    private void Write(ReadinessReport now)
    {
        if (now.Ready)
        {
            LogReady(now.Silo, now.What);
        }
        else
        {
            LogNotReady(now.Silo, now.What);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Silo} is ready. {What}")]
    private partial void LogReady(string silo, string what);

    [LoggerMessage(LogLevel.Information, "{Silo} is not ready. {What}")]
    private partial void LogNotReady(string silo, string what);
}
