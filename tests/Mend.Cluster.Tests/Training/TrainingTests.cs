using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Mend.Editing;
using Mend.Ledger;
using Mend.Models;
using Mend.Sharding;
using Mend.Tensors;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace Mend.Cluster.Tests.Training;

public sealed class TrainingTests(EditableFolder folder) : IClassFixture<EditableFolder>
{
    private static readonly TrainingOptions Options = new()
    {
        Steps = 3,
        EditsPerStep = 2,
        EditsPerPass = 2,
        RephrasesPerEdit = 1,
        LocalityPerEdit = 1,
        StatisticsEdits = 3,
        ValidateEvery = 2,
        ValidationEdits = 1,
        Seed = 7,
    };

    private static readonly string Edits = string.Join('\n', EditableFolder.Edits.Select((e, i) => JsonSerializer.Serialize(new
    {
        prompt = e.Prompt,
        target_new = e.Target,
        rephrases = new[] { $"so {e.Prompt}" },
        locality = new[] { new { prompt = EditableFolder.Edits[(i + 1) % 3].Prompt, target = "xyz" } },
    })));

    [Fact]
    public async Task TrainAsync_ThreeSilos_TrainsWhatOneProcessWouldAndTakesItIntoUse()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);
        TrainingJob job = Job();
        Reports reports = new();

        TrainingStatus done = await cluster.Model.TrainAsync(job, reports);

        Assert.Equal((TrainingState.Finished, 3, job.Output), (done.State, done.Step, done.Output));
        Assert.NotNull(done.Best);
        Assert.Equal(done, await cluster.Model.TrainingStatusAsync());
        Assert.Equal(done, reports.All[^1]);
        Assert.Equal(reports.All.OrderBy(r => r.Revision), reports.All);
        Assert.False(File.Exists(job.Output + ".checkpoint"));
        Assert.Equal(await TrainedHereAsync(job), Parameters(job.Output));
        await IsTakenIntoUseAsync(cluster, job.Output);
    }

    [Fact]
    public async Task TrainAsync_Cancelled_IsSavedAndGoneOnWith()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);
        TrainingJob job = Job() with { Training = Options with { Steps = 1_000_000 } };

        TrainingStatus stopped = await StopAfterAStepAsync(cluster.Model, job, meanwhile: async run =>
        {
            TrainingException second = await Assert.ThrowsAsync<TrainingException>(() => cluster.Model.TrainAsync(Job()));
            Assert.Contains(run, second.Message, StringComparison.Ordinal);
        });
        TrainerCheckpointException others = await Assert.ThrowsAsync<TrainerCheckpointException>(() => cluster.Model.TrainAsync(job with { Layers = ["*"] }));
        TrainingStatus done = await cluster.Model.TrainAsync(job with { Training = job.Training with { MaxDuration = TimeSpan.FromTicks(1) } });

        Assert.Equal(TrainingState.Stopped, stopped.State);
        Assert.Contains("layers", others.Message, StringComparison.Ordinal);
        Assert.Equal((TrainingState.Finished, stopped.Step), (done.State, done.Step));
        using SafetensorsFile written = SafetensorsFile.Open(job.Output);
        Assert.Equal(stopped.Step.ToString(CultureInfo.InvariantCulture), written.Metadata["training_steps"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TrainAsync_ItsSiloLost_IsGoneOnWithElsewhere(bool killed)
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder);
        TrainingJob job = Job() with { Training = Options with { Steps = 80, ValidateEvery = 1 } };
        TaskCompletionSource stepped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Reports reports = new()
        {
            Told = status =>
            {
                if (status.Step > 1)
                {
                    stepped.TrySetResult();
                }
            },
        };
        Task<TrainingStatus> training = cluster.Model.TrainAsync(job, reports);
        await stepped.Task;
        SiloAddress? trainer = await TrainerAsync(cluster);
        InProcessSiloHandle silo = cluster.Silos.Silos.Single(s => s.SiloAddress.Equals(trainer));

        await (killed ? cluster.Silos.KillSiloAsync(silo) : cluster.Silos.StopSiloAsync(silo));
        await cluster.Silos.StartAdditionalSiloAsync();
        TrainingStatus done = await training;

        Assert.Equal((TrainingState.Finished, 80), (done.State, done.Step));
        Assert.Contains(reports.All.Zip(reports.All.Skip(1)), pair => pair.Second.Revision < pair.First.Revision);
        Assert.Equal(await TrainedHereAsync(job), Parameters(job.Output));
    }

    [Fact]
    public async Task TrainAsync_AtFault_SaysWhatIsWrong()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);

        Assert.Contains("'edits', record 2", (await Assert.ThrowsAsync<EditRecordException>(() => cluster.Model.TrainAsync(Job() with { Edits = Edits.Split('\n')[0] + "\n{}" }))).Message, StringComparison.Ordinal);
        Assert.Contains("nowhere", (await Assert.ThrowsAsync<ArgumentException>(() => cluster.Model.TrainAsync(Job() with { Output = "/nowhere/editor" }))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ModelException>(() => cluster.Model.TrainAsync(Job() with { Layers = ["no.such.layer"] }));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => cluster.Model.TrainAsync(Job() with { Training = Options with { Clip = -1 } }));
        Assert.Equal(TrainingState.None, (await cluster.Model.TrainingStatusAsync()).State);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task TrainAsync_LayersOfAnyShard_TrainsOnTheirSilo(int shard)
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, configure: (number, silo) => silo.Roles = [number]);
        SiloModel model = cluster.Silos.Silos[0].ServiceProvider.GetRequiredService<SiloModel>();
        string layer = model.Folder.Architecture.ResolveEditedLayers(["*mlp.c_proj*"]).First(n => model.Plan.ShardOf(model.Folder.Architecture.StageOf(n)) == shard);
        await cluster.Model.TrainingStatusAsync();

        await cluster.Model.TrainAsync(Job() with { Layers = [layer] });

        Assert.Equal(cluster.Silos.Silos.Single(s => s.Name.EndsWith($"_{shard}", StringComparison.Ordinal)).SiloAddress, await TrainerAsync(cluster));
    }

    [Fact]
    public async Task UseEditorAsync_AtFault_SaysWhatIsWrongAndKeepsTheEditor()
    {
        await using TinyCluster cluster = await TinyCluster.StartAsync(folder, silos: 1, shards: 1);

        Assert.Contains("nowhere", (await Assert.ThrowsAsync<EditorFileException>(() => cluster.Model.UseEditorAsync("/nowhere/editor"))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<EditorFileException>(() => cluster.Model.UseEditorAsync(Path.Combine(folder.Model, "model.safetensors")));
        Assert.Equal(1, (await cluster.Model.EditAsync([EditableFolder.Edits[0]])).Version.Number);
    }

    private TrainingJob Job() => new()
    {
        Edits = Edits,
        Validation = Edits,
        Output = folder.NewName(),
        Training = Options,
        Editor = new EditorOptions { Rank = 4 },
    };

    private static async Task<SiloAddress?> TrainerAsync(TinyCluster cluster)
    {
        IGrainFactory grains = cluster.Silos.Client;
        return await grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grains.GetGrain<ITrainerGrain>("default"));
    }

    /// <summary>Edits use the new editor, name it in their trace, and go on doing so when the coordinator starts anew.</summary>
    private async Task IsTakenIntoUseAsync(TinyCluster cluster, string editor)
    {
        await cluster.Model.PreviewAsync([EditableFolder.Edits[0]]);
        List<object?> named = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == ShardingTelemetry.Name,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => { lock (named) { named.Add(span.GetTagItem(ShardingTelemetry.EditorTag)); } },
        };
        ActivitySource.AddActivityListener(listener);

        string digest = await cluster.Model.UseEditorAsync(editor);
        await cluster.Model.EditAsync([EditableFolder.Edits[0]]);
        await cluster.Silos.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        await cluster.Model.EditAsync([EditableFolder.Edits[1]]);

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(editor))), digest);
        lock (named)
        {
            Assert.Contains(digest, named);
        }

        await using EmbeddedModel embedded = await EmbeddedModel.OpenAsync(folder.Options(shards: 3) with { EditorFile = editor });
        await embedded.EditAsync([EditableFolder.Edits[0]]);
        await embedded.EditAsync([EditableFolder.Edits[1]]);
        Assert.Equal(await DigestsAsync(embedded), await DigestsAsync(cluster.Model));
    }

    private static async Task<TrainingStatus> StopAfterAStepAsync(ClusterModel model, TrainingJob job, Func<string, Task> meanwhile)
    {
        using CancellationTokenSource cancel = new();
        TaskCompletionSource<string> stepped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<TrainingStatus> training = model.TrainAsync(
            job,
            new Reports
            {
                Told = status =>
                {
                    if (status.Step > 0)
                    {
                        stepped.TrySetResult(status.Run!);
                    }
                },
            },
            cancel.Token);
        await meanwhile(await stepped.Task);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => training);
        return await model.TrainingStatusAsync();
    }

    private async Task<float[]> TrainedHereAsync(TrainingJob job)
    {
        await using EmbeddedModel embedded = await folder.OpenAsync(editor: false, shards: 3);
        EditRecord[] records = [.. EditRecordReader.Parse(Edits, "edits")];
        using MendEditor editor = new(embedded.Runner.Engine, embedded.Architecture, RecommendedLayers.Of(embedded.Architecture), job.Editor, Options.Seed);
        using EditorTrainer trainer = new(embedded.Runner, embedded.Encoder, editor, records, records, job.Training, TimeProvider.System);
        await trainer.RunAsync(null, null, default);
        return Values(editor);
    }

    private float[] Parameters(string file)
    {
        using ModelFolder model = ModelFolder.Open(folder.Model);
        using MendEditor editor = EditorFile.Load(file, ModelFixtures.Engine, model.Architecture, model.Fingerprint());
        return Values(editor);
    }

    private static float[] Values(MendEditor editor) => [.. editor.Parameters.Names.SelectMany(editor.Parameters.Get)];

    private static async Task<IEnumerable<string>> DigestsAsync(IEditableModel model) =>
        (await model.LogAsync()).SelectMany(e => e.Edits).SelectMany(e => e.Factors).Select(f => f.Digest.ToString());

    /// <summary>Reports as they come, in their order.</summary>
    private sealed class Reports : IProgress<TrainingStatus>
    {
        public List<TrainingStatus> All { get; } = [];

        public Action<TrainingStatus>? Told { get; init; }

        public void Report(TrainingStatus value)
        {
            All.Add(value);
            Told?.Invoke(value);
        }
    }
}
