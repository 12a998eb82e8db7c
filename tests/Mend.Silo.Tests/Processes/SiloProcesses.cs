using System.Globalization;
using System.Reflection;
using Mend.Cluster;
using Mend.Sharding;

namespace Mend.Silo.Tests;

/// <summary>Silos as processes on this machine that serve one tiny model, a shard each. End with the object.</summary>
internal sealed class SiloProcesses : IAsyncDisposable
{
    /// <summary>Longer than anything takes on a machine that others keep busy.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>
    /// Where the programs were built, by name. Not beside the tests: those have the ASP.NET framework, so what it holds is not copied there, and
    /// a program without that framework would look for it in vain.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string> Programs = typeof(SiloProcesses).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Where(m => m.Value is not null).ToDictionary(m => m.Key, m => m.Value!, StringComparer.Ordinal);

    private readonly EditableFolder _folder;
    private readonly string[] _common;
    private readonly IReadOnlyList<int> _ports;
    private readonly int _shards;

    /// <param name="folder">The model and its editor.</param>
    /// <param name="shards">Number of shards, and of silos at most.</param>
    /// <param name="settings">More settings for all of them.</param>
    public SiloProcesses(EditableFolder folder, int shards, params string[] settings)
    {
        _folder = folder;
        _shards = shards;
        _ports = FreePorts.Take(3 * shards);
        Ledger = folder.NewName();
        _common =
        [
            "--Model:ModelFolder", folder.Model, "--Model:EditorFile", folder.Editor, "--Model:Ledger", Ledger, "--Model:Shards", Text(shards),
            "--Silo:Threads", "1", "--Cluster:Primary", $"127.0.0.1:{SiloPort(0)}", "--Cluster:Address", "127.0.0.1", .. settings,
        ];
    }

    /// <summary>The silos that were started, by number; those that were started again lie over the old ones.</summary>
    public SortedDictionary<int, ChildProcess> Running { get; } = [];

    public string Ledger { get; }

    /// <summary>The gateways, as `mend --cluster` takes them.</summary>
    public string Address => string.Join(',', Running.Keys.Select(i => $"127.0.0.1:{GatewayPort(i)}"));

    /// <summary>The URL of a silo's HTTP endpoints.</summary>
    public Uri Http(int silo) => new($"http://127.0.0.1:{Text(_ports[(3 * silo) + 2])}");

    /// <summary>Starts all silos and waits until each is ready.</summary>
    public async Task StartAsync(IReadOnlyDictionary<string, string?>? environment = null)
    {
        for (int i = 0; i < _shards; i++)
        {
            Start(i, environment);
        }

        foreach (ChildProcess silo in Running.Values)
        {
            await silo.SaysAsync("is ready. Serves shard", Limit);
        }
    }

    /// <summary>Starts a silo, in place of the one with its number.</summary>
    public ChildProcess Start(int silo, IReadOnlyDictionary<string, string?>? environment = null) => Running[silo] = new ChildProcess(
        Programs["mend-silo"],
        [
            .. _common, "--Cluster:SiloName", $"silo-{Text(silo)}", "--Silo:Roles", "ordinal", "--Cluster:SiloPort", Text(SiloPort(silo)),
            "--Cluster:GatewayPort", Text(GatewayPort(silo)), "--Health:Port", Text(_ports[(3 * silo) + 2]),
        ],
        environment);

    /// <summary>The model as a client sees it, found as the CLI finds it.</summary>
    public Task<IEditableModel> ConnectAsync(ClusterCertificates? certificates = null) =>
        ClusterConnector.ConnectAsync(new RemoteModel(Address, Certificates: certificates), CancellationToken.None);

    /// <summary>The same model in this process, with a ledger of its own.</summary>
    public Task<EmbeddedModel> EmbeddedAsync() => _folder.OpenAsync(shards: _shards);

    public async ValueTask DisposeAsync()
    {
        foreach (ChildProcess silo in Running.Values)
        {
            await silo.DisposeAsync();
        }
    }

    public int SiloPort(int silo) => _ports[3 * silo];

    public int GatewayPort(int silo) => _ports[(3 * silo) + 1];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
