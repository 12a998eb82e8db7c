using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Mend.Cluster.Tests.Silo;

public sealed class ModelWatchTests
{
    [Fact]
    public void Changed_LengthOrTime_IsNoticedAndAFileThatIsGoneIsNot()
    {
        string folder = Directory.CreateTempSubdirectory("mend-watch-").FullName;
        try
        {
            string weights = Path.Combine(folder, "model.safetensors"), notes = Path.Combine(folder, "notes.txt");
            File.WriteAllText(weights, "abc");
            File.WriteAllText(notes, "abc");
            Dictionary<string, ModelWatch.Stamp> known = ModelWatch.Stamps(folder);
            DateTime written = File.GetLastWriteTimeUtc(weights);

            File.WriteAllText(notes, "more");
            Assert.Null(ModelWatch.Changed(known));
            File.WriteAllText(weights, "more");
            File.SetLastWriteTimeUtc(weights, written);
            Assert.Equal(weights, ModelWatch.Changed(known));
            File.WriteAllText(weights, "abd");
            File.SetLastWriteTimeUtc(weights, written.AddSeconds(1));
            Assert.Equal(weights, ModelWatch.Changed(known));
            File.Delete(weights);
            Assert.Null(ModelWatch.Changed(known));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Silo_ItsModelChanged_Ends()
    {
        using EditableFolder folder = new();
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);
        TaskCompletionSource ends = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration stopping = cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(ends.SetResult);

        File.SetLastWriteTimeUtc(Path.Combine(folder.Model, "model.safetensors"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        await ends.Task.WaitAsync(TimeSpan.FromMinutes(1));
    }
}
