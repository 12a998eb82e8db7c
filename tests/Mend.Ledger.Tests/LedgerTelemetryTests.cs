using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Mend.Ledger.Tests;

public sealed class LedgerTelemetryTests
{
    [Fact]
    public async Task Instruments_OneEdit_AllRecorded()
    {
        ConcurrentDictionary<string, string> seen = new();
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter.Name == LedgerTelemetry.Name)
            {
                own.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, _, _) => seen[instrument.Name] = instrument.Unit ?? string.Empty);
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => seen[instrument.Name] = instrument.Unit ?? string.Empty);
        listener.Start();

        await using EditLedger ledger = await EditLedger.OpenAsync(new InMemoryLedgerStore(), Samples.BaseModel);
        await Samples.CommitAsync(ledger, "a");
        await ledger.CollectGarbageAsync();

        Assert.Equal(
            [
                "mend.ledger.collected By", "mend.ledger.collection.failures {failure}", "mend.ledger.commit.duration s", "mend.ledger.lost {version}", "mend.ledger.prepare.duration s",
                "mend.ledger.staged By", "mend.ledger.versions {version}",
            ],
            seen.Select(pair => $"{pair.Key} {pair.Value}").Order(StringComparer.Ordinal));
    }
}
