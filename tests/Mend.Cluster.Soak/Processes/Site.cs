using Mend.Ledger;
using Mend.Sharding;
using Mend.Tensors.Cpu;

namespace Mend.Cluster.Soak.Processes;

/// <summary>What the silos share: model, ledger, database, and a folder for logs.</summary>
internal sealed class Site : IAsyncDisposable
{
    /// <summary>Number of silos and shards.</summary>
    public const int Silos = 3;

    private readonly EditableFolder _folder = new();

    private Site(SoakOptions options)
    {
        Options = options;
        Logs = options.Keep is { } keep ? Directory.CreateDirectory(keep).FullName : _folder.NewName();
        Directory.CreateDirectory(Logs);
    }

    public SoakOptions Options { get; }

    /// <summary>A name that no other soak has: the cluster's id, the model's and the ledger's.</summary>
    public string Run { get; } = "soak-" + Guid.NewGuid().ToString("n")[..8];

    public string Logs { get; }

    /// <summary>Three of each silo, which keeps them.</summary>
    public IReadOnlyList<int> Ports { get; } = FreePorts.Take(3 * Silos);

    public string Model => _folder.Model;

    public string Editor => _folder.Editor;

    /// <summary>The database that the silos meet in.</summary>
    public string Database => Options.Postgres ?? Server!.Plain("postgres") + ";Pooling=true";

    /// <summary>Where versions are kept, as the silos are told.</summary>
    public string Ledger => Options.LedgerInPostgres ? Database : Path.Combine(Logs, "ledger");

    /// <summary>The network that the silos have to themselves; null where none is cut.</summary>
    public Network? Network { get; private set; }

    /// <summary>The soak's own server, or null.</summary>
    public PostgresServer? Server { get; private set; }

    public static async Task<Site> CreateAsync(SoakOptions options)
    {
        Site site = new(options);
        site.Network = options.Cuts > 0 ? await Network.CreateAsync(site.Run[^6..]) : null;
        if (options.Postgres is null)
        {
            site.Server = PostgresPrograms.Missing is { } missing ? throw new InvalidOperationException(missing + " Name a database with --postgres.") : new PostgresServer();
            await site.Server.InitializeAsync();
        }

        return site;
    }

    /// <summary>The same model and ledger in this process and in one shard: what the cluster's answers must be, to the bit.</summary>
    public Task<EmbeddedModel> OpenAsync() => EmbeddedModel.OpenAsync(new EmbeddedModelOptions
    {
        ModelFolder = Model,
        LedgerStore = () => LedgerStores.Open(Ledger, Run),
        Engine = new CpuEngine(new CpuEngineOptions { Threads = 1 }),
    });

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        if (Network is not null)
        {
            await Network.DisposeAsync();
        }

        _folder.Dispose();
    }
}
