using Mend.Ledger;
using Mend.Sharding;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.TestingHost;

namespace Mend.Cluster.Tests;

/// <summary>Silos in this process that serve a tiny GPT-2 with an editor, and a client.</summary>
internal sealed class TinyCluster : IAsyncDisposable
{
    private readonly EditableFolder _folder;

    private TinyCluster(EditableFolder folder, InProcessTestCluster silos, ClusterModel model)
    {
        _folder = folder;
        Silos = silos;
        Model = model;
    }

    public InProcessTestCluster Silos { get; }

    public ClusterModel Model { get; }

    /// <summary>Starts silos and waits until all shards serve.</summary>
    /// <param name="folder">The model and its editor.</param>
    /// <param name="silos">Number of silos.</param>
    /// <param name="shards">Number of shards.</param>
    /// <param name="configure">Changes what a silo offers, by its number; null for the defaults.</param>
    /// <param name="editor">Whether the silos are given the editor.</param>
    /// <param name="also">What else to add to every silo.</param>
    /// <param name="model">Changes what a silo is told of the model, by its number.</param>
    /// <param name="client">How the client uses the cluster; null for the defaults.</param>
    /// <param name="alsoClient">What else to add to the client.</param>
    /// <param name="serves">Whether to wait until all shards serve.</param>
    public static async Task<TinyCluster> StartAsync(
        EditableFolder folder, short silos = 3, int shards = 3, Action<int, SiloShardOptions>? configure = null, bool editor = true, Action<ISiloBuilder>? also = null,
        Action<int, ClusteredModelOptions>? model = null, ClusterModelOptions? client = null, bool serves = true, Action<IClientBuilder>? alsoClient = null)
    {
        InProcessTestClusterBuilder builder = new(silos);
        string ledger = folder.NewName();
        builder.ConfigureSilo((named, silo) =>
        {
            SiloShardOptions options = new() { Threads = 1 };
            ClusteredModelOptions served = new() { ModelFolder = folder.Model, EditorFile = editor ? folder.Editor : null, Ledger = ledger, Shards = shards };
            int number = Number(named.SiloName);
            configure?.Invoke(number, options);
            model?.Invoke(number, served);
            silo.AddMendCluster(served, options);
            also?.Invoke(silo);
        });
        builder.ConfigureClient(added =>
        {
            added.AddMendCluster();
            alsoClient?.Invoke(added);
        });
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        ClusterModel connected = await ClusterModel.ConnectAsync(cluster.Client, client);
        TinyCluster tiny = new(folder, cluster, connected);
        if (serves)
        {
            await tiny.WaitUntilItServesAsync();
        }

        return tiny;
    }

    /// <summary>A silo's number, from 0.</summary>
    public static int Number(string siloName) => int.Parse(siloName.Split('_')[^1], System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The silo's shards.</summary>
    public static IReadOnlyList<ShardState> States(InProcessSiloHandle silo) => silo.ServiceProvider.GetRequiredService<SiloShards>().States();

    /// <summary>The same model in this process, with a ledger of its own.</summary>
    public Task<EmbeddedModel> EmbeddedAsync(int shards = 3) => _folder.OpenAsync(shards: shards);

    /// <summary>Waits until a pass goes through; a call that fails for reasons that pass is sent again by the client.</summary>
    public async Task WaitUntilItServesAsync() => await Model.ScoreAsync([new Mend.Editing.PromptTarget("the sky", " is")]);

    public async ValueTask DisposeAsync()
    {
        await Model.DisposeAsync();
        await Silos.DisposeAsync();
    }
}
