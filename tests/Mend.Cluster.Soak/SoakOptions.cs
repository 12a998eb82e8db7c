using System.Globalization;

namespace Mend.Cluster.Soak;

/// <summary>What a soak does.</summary>
internal sealed record SoakOptions
{
    public const string Help = """
        Mend.Cluster.Soak: kills processes of a cluster under load and checks what it promises. Exit code 0 when every promise held.

          --minutes 10            how long the load runs
          --kills 50              kills of silos, at random times, spread over the minutes
          --seed 1                seed of the schedule and the load
          --pairs 0.1             share of the kills that take two silos at once
          --clients 2             processes that edit and read
          --client-kills 5        kills of one of those
          --postgres-kills 0      kills of a PostgreSQL server process, on which the server throws all out and recovers; of the soak's own server only
          --cuts 0                cuts of the network, each between two of the silos and the clients, one way or both; as root, on Linux
          --cut-seconds 30        how long a cut lasts
          --ledger files          where versions are kept: files or postgres
          --postgres ADDRESS      a PostgreSQL database to meet in (and keep versions in); without it the soak starts a server of its own
          --roles true            whether each silo is there for one shard, or shards go where silos are
          --keep DIR              keeps the silos' logs and the ledger there; without it they go to a temporary folder that is deleted

        Mend.Cluster.Soak rollout: changes the cluster under load as an upgrade of the Helm chart does, with silos as its pods are (names, ordinals, a new
        address in every life, SIGTERM and grace periods): 3 to 4 to 2 shards, then a restart of one silo after the other. Reports the pauses. Takes
        --minutes (of load, shared by the steps), --seed, --clients, --ledger, --postgres and --keep.
        """;

    public TimeSpan Duration { get; private init; } = TimeSpan.FromMinutes(10);

    public int Kills { get; private init; } = 50;

    public int Seed { get; private init; } = 1;

    public double Pairs { get; private init; } = 0.1;

    public int Clients { get; private init; } = 2;

    public int ClientKills { get; private init; } = 5;

    public int PostgresKills { get; private init; }

    public int Cuts { get; private init; }

    public TimeSpan CutFor { get; private init; } = TimeSpan.FromSeconds(30);

    public bool LedgerInPostgres { get; private init; }

    public string? Postgres { get; private init; }

    public bool Roles { get; private init; } = true;

    public string? Keep { get; private init; }

    /// <exception cref="FormatException">Something is no option, or a value is out of range.</exception>
    public static SoakOptions Read(IReadOnlyList<string> words)
    {
        SoakOptions options = new();
        for (int i = 0; i < words.Count; i += 2)
        {
            options = i + 1 < words.Count ? options.With(words[i], words[i + 1]) : throw new FormatException($"{words[i]} has no value.");
        }

        return options.PostgresKills > 0 && options.Postgres is not null
            ? throw new FormatException("--postgres-kills is for the soak's own server; leave --postgres out.")
            : options;
    }

    private SoakOptions With(string name, string value) => name switch
    {
        "--minutes" => this with { Duration = TimeSpan.FromMinutes(Number(name, value)) },
        "--kills" => this with { Kills = (int)Number(name, value) },
        "--seed" => this with { Seed = (int)Number(name, value) },
        "--pairs" => this with { Pairs = Number(name, value) },
        "--clients" => this with { Clients = (int)Number(name, value) },
        "--client-kills" => this with { ClientKills = (int)Number(name, value) },
        "--postgres-kills" => this with { PostgresKills = (int)Number(name, value) },
        "--cuts" => this with { Cuts = (int)Number(name, value) },
        "--cut-seconds" => this with { CutFor = TimeSpan.FromSeconds(Number(name, value)) },
        "--ledger" => this with { LedgerInPostgres = value == "postgres" || (value == "files" ? false : throw new FormatException($"--ledger is '{value}'; files or postgres is wanted.")) },
        "--postgres" => this with { Postgres = value },
        "--roles" => this with { Roles = bool.TryParse(value, out bool roles) ? roles : throw new FormatException($"--roles is '{value}'; true or false is wanted.") },
        "--keep" => this with { Keep = value },
        _ => throw new FormatException($"{name} is no option."),
    };

    private static double Number(string name, string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new FormatException($"{name} is '{value}'; a number of at least 0 is wanted.");
}
