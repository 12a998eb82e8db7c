using System.ClientModel;
using System.Text.Json.Nodes;
using Mend.Cluster.Tests;
using Mend.Ledger;
using Mend.Sharding;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using OpenAI;

namespace Mend.Gateway.Tests;

/// <summary>A tiny model that a gateway serves to a class of tests, with a chat template and an editor.</summary>
public abstract class Site : IAsyncLifetime
{
    /// <summary>The name that the model is served by.</summary>
    public const string Name = "tiny";

    private WebApplication? _server;
    private EditableFolder? _folder;

    /// <summary>The server's address.</summary>
    public Uri Address { get; private set; } = null!;

    public HttpClient Http { get; private set; } = null!;

    internal WatchedModel Model { get; private set; } = null!;

    /// <summary>Everything that the server logged, at every level.</summary>
    internal KeptLog Log { get; } = new();

    protected EditableFolder Folder => _folder ??= NewFolder();

    /// <summary>OpenAI's client, told of the address alone; it tries again by itself, which no test waits for.</summary>
    public OpenAIClient OpenAI() => new(
        new ApiKeyCredential("none"),
        new OpenAIClientOptions { Endpoint = new Uri(Address, "/v1"), RetryPolicy = new System.ClientModel.Primitives.ClientRetryPolicy(0) });

    public async Task InitializeAsync()
    {
        string file = Path.Combine(Folder.Model, "tokenizer_config.json");
        JsonObject config = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
        config["chat_template"] = "{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}{{ m.content }} {% endfor %}";
        await File.WriteAllTextAsync(file, config.ToJsonString());
        Model = new WatchedModel(await OpenAsync());
        _server = GatewayServer.Build(
            Model,
            await ChangeAsync(new GatewayOptions { Urls = ["http://127.0.0.1:0"], Name = Name }),
            builder => builder.Logging.SetMinimumLevel(LogLevel.Trace).AddProvider(Log));
        await _server.StartAsync();
        Address = new Uri(_server.Urls.Single());
        Http = new HttpClient { BaseAddress = Address };
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        await _server!.StopAsync();
        await _server.DisposeAsync();
        await Model.DisposeAsync();
        await CloseAsync();
        Folder.Dispose();
    }

    /// <summary>Takes back what other tests have taught, which this tiny model cannot hold all at once.</summary>
    public async Task CleanAsync()
    {
        IReadOnlyList<LedgerEntry> log = await Model.LogAsync();
        IReadOnlyDictionary<ModelVersion, ModelVersion> reverted = LedgerLog.Reverted(log);
        ModelVersion[] live = [.. log.Where(e => e.Kind == LedgerEntryKind.Edit && !reverted.ContainsKey(e.Version)).Select(e => e.Version)];
        if (live.Length > 0)
        {
            await Model.RevertAsync(live);
        }
    }

    protected virtual EditableFolder NewFolder() => new();

    protected abstract Task<IEditableModel> OpenAsync();

    protected virtual Task<GatewayOptions> ChangeAsync(GatewayOptions options) => Task.FromResult(options);

    protected virtual Task CloseAsync() => Task.CompletedTask;
}

/// <summary>The model in this process.</summary>
public class OneProcess : Site
{
    protected override async Task<IEditableModel> OpenAsync() => await Folder.OpenAsync();
}

/// <summary>The model on three silos, a shard each.</summary>
public sealed class ThreeSilos : Site
{
    private TinyCluster? _cluster;

    protected override async Task<IEditableModel> OpenAsync() => (_cluster = await TinyCluster.StartAsync(Folder)).Model;

    /// <summary>Ends a silo as a machine that fails does.</summary>
    /// <returns>Its name.</returns>
    public async Task<string> KillSiloAsync()
    {
        Orleans.TestingHost.InProcessSiloHandle silo = _cluster!.Silos.Silos[^1];
        await _cluster.Silos.KillSiloAsync(silo);
        return silo.Name;
    }

    /// <summary>Starts another silo, which takes what has no silo.</summary>
    public Task StartSiloAsync() => _cluster!.Silos.StartAdditionalSiloAsync();

    protected override async Task CloseAsync() => await _cluster!.DisposeAsync();
}
