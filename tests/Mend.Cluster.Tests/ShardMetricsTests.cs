using System.Diagnostics.Metrics;

namespace Mend.Cluster.Tests;

public sealed class ShardMetricsTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    [Fact]
    public async Task Observe_SilosThatServe_HoldTheModelsWeights()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);
        long weights = 0;
        long tensors = 0;
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "mend.device.memory")
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, bytes, tags, _) =>
        {
            _ = tags[0].Value is "weights" ? weights += bytes : tags[0].Value is "tensors" ? tensors += bytes : 0;
        });
        listener.Start();

        listener.RecordObservableInstruments();

        using Mend.Models.ModelFolder files = Mend.Models.ModelFolder.Open(folder.Model);
        long all = files.Architecture.Stages.SelectMany(s => s.Parameters).DistinctBy(p => p.Name).Sum(p => files.Checkpoint.Get(p.Name).ByteLength);

        // Silos of other tests may be there too.
        Assert.True(weights >= all, $"{weights} of {all}");
        Assert.True(tensors > 0);
    }
}
