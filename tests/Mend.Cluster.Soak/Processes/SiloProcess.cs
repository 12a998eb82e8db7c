using System.Globalization;

namespace Mend.Cluster.Soak.Processes;

/// <summary>One silo, which keeps its name and ports over its lives.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private readonly string _log;
    private readonly string[] _arguments;
    private readonly IReadOnlyList<string>? _inside;
    private readonly Uri _ready;
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private ChildProcess? _process;
    private bool _wanted;

    /// <param name="site">Where the model and the database are.</param>
    /// <param name="name">The silo's name, which ends in its shard where it has a role.</param>
    /// <param name="shards">Number of shards of the model.</param>
    /// <param name="ports">Three.</param>
    /// <param name="number">Its number in the site's network; null for a silo that is on the machine itself.</param>
    /// <param name="limit">How long it may take to stop; null for the silo's own default.</param>
    public SiloProcess(Site site, string name, int shards, IReadOnlyList<int> ports, int? number = null, TimeSpan? limit = null)
    {
        _log = Path.Combine(site.Logs, name + ".log");
        string address = number is { } end && site.Network is { } network ? network.Address(end) : "127.0.0.1";
        _inside = number is { } there ? site.Network?.Inside(there) : null;
        _ready = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{address}:{ports[2]}/readyz"));
        Dictionary<string, string> settings = new()
        {
            ["Model:Name"] = site.Run,
            ["Model:ModelFolder"] = site.Model,
            ["Model:EditorFile"] = site.Editor,
            ["Model:Ledger"] = site.Ledger,
            ["Model:Shards"] = shards.ToString(CultureInfo.InvariantCulture),
            ["Cluster:Clustering"] = "postgresql",
            ["Cluster:Database"] = site.Database,
            ["Cluster:ClusterId"] = site.Run,
            ["Cluster:SiloName"] = name,
            ["Cluster:SiloPort"] = ports[0].ToString(CultureInfo.InvariantCulture),
            ["Cluster:GatewayPort"] = ports[1].ToString(CultureInfo.InvariantCulture),
            ["Cluster:Address"] = address,
            ["Tls:PlainText"] = "true",
            ["Silo:Roles"] = site.Options.Roles ? "ordinal" : "",
            ["Silo:Threads"] = "1",
            ["Health:Port"] = ports[2].ToString(CultureInfo.InvariantCulture),
        };
        if (limit is { } stop)
        {
            settings["Shutdown:Limit"] = string.Create(CultureInfo.InvariantCulture, $"{stop.TotalSeconds}s");
        }

        _arguments = [.. settings.SelectMany(s => new[] { "--" + s.Key, s.Value })];
    }

    /// <summary>How often it ended without having been told to.</summary>
    public int EndedByItself { get; private set; }

    public void Start()
    {
        _wanted = true;
        _process = new ChildProcess(Path.Combine(AppContext.BaseDirectory, "mend-silo.dll"), _arguments, log: _log, inside: _inside);
    }

    public async Task KillAsync()
    {
        _wanted = false;
        await _process!.DisposeAsync();
    }

    /// <summary>Starts it again when it ended by itself, as whoever looks after processes would.</summary>
    public void Supervise()
    {
        if (_wanted && _process!.HasEnded)
        {
            EndedByItself++;
            Start();
        }
    }

    /// <summary>Whether it says that it serves.</summary>
    public async Task<bool> IsReadyAsync()
    {
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(_ready);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>Tells it to stop; its exit code.</summary>
    public async Task<int> StopAsync()
    {
        _wanted = false;
        _process!.Terminate();
        return await _process.EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        _http.Dispose();
    }
}
