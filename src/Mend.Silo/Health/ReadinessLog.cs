using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Mend.Silo;

/// <summary>Writes to the log whenever what the silo does or waits for changes.</summary>
internal sealed partial class ReadinessLog(Readiness readiness, TimeProvider time, ILogger<ReadinessLog> log) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);

    private string? _last;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Period, time);
        do
        {
            Write();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        Write();
    }

    private void Write()
    {
        ReadinessReport now = readiness.Now();
        string what = now.Faults.Length == 0 ? now.What : $"{now.What} {now.Faults}";
        if (what == _last)
        {
            return;
        }

        _last = what;
        if (now.Ready)
        {
            LogReady(now.Silo, what);
        }
        else
        {
            LogNotReady(now.Silo, what);
        }
    }

    [LoggerMessage(LogLevel.Information, "{Silo} is ready. {What}")]
    private partial void LogReady(string silo, string what);

    [LoggerMessage(LogLevel.Information, "{Silo} is not ready. {What}")]
    private partial void LogNotReady(string silo, string what);
}
