using Mend.Tensors;

namespace Mend.Silo;

/// <summary>The settings, in the order in which they are read and shown. A section's settings are those of the class of the same name.</summary>
internal static class SettingsTable
{
    /// <summary>All settings.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Setting.Of(s => s.Model.Name, Parse.Text, "The model's name in the cluster."),
        Setting.Of(s => s.Model.ModelFolder, Parse.Text, "Hugging Face model folder on this machine, the same content for every silo. Must be set."),
        Setting.Of(s => s.Model.EditorFile, Parse.Optional, "Editor file that `mend train` wrote; without one the model is served for reading and reverting only."),
        Setting.Of(s => s.Model.Ledger, Parse.Text, "Where versions are kept: a folder that all silos see, or postgresql://user:password@host:port/database?ledger=NAME. Must be set."),
        Setting.Of(s => s.Model.Shards, Parse.Number(1), "Number of shards, the same on every silo."),

        Setting.Of(s => s.Cluster.Clustering, Parse.Choice<ClusteringKind>, "Where silos meet: development (at the first silo, no server, one machine) or postgresql."),
        Setting.Of(s => s.Cluster.Primary, Parse.EndPoint, "With development: the first silo, which the others meet at."),
        Setting.Of(s => s.Cluster.Database, Parse.Optional, "With postgresql: the database, postgresql://user:password@host:port/database; the silo makes the tables. Unset: that of Model:Ledger."),
        Setting.Of(s => s.Cluster.ClusterId, Parse.Text, "Silos with the same id form a cluster."),
        Setting.Of(s => s.Cluster.SiloName, Parse.Text, "The silo's name, which stays when it restarts and is no other silo's."),
        Setting.Of(s => s.Cluster.SiloPort, Parse.Port, "Port for other silos."),
        Setting.Of(s => s.Cluster.GatewayPort, Parse.Port, "Port for clients: what `mend --cluster` is given."),
        Setting.Of(s => s.Cluster.Address, Parse.Address, "IP address that others reach this silo at. Unset: this machine's, with development the loopback."),

        Setting.Of(s => s.Silo.Roles, Parse.Roles, "Shards this silo is there for: 0 or 0,2; ordinal takes the number the silo's name ends in. Unset: chosen among silos with memory."),
        Setting.Of(s => s.Silo.DeviceMemory, Parse.Size, "Memory for weights, such as 24GB, where there are no roles. Unset: as much as is wanted."),
        Setting.Of(s => s.Silo.ShareSilo, Parse.Flag, "Whether this silo may hold several shards."),
        Setting.Of(s => s.Silo.Engine, Parse.Engine, $"Where to compute: {Engines.Choices}."),
        Setting.Of(s => s.Silo.Compute, Parse.Choice<ComputeType>, "Number type of products with the weights, on torch and cuda:N."),
        Setting.Of(s => s.Silo.Threads, Parse.Number(0), "Threads of the engine; 0 takes one per processor."),
        Setting.Of(s => s.Silo.QueueLimit, Parse.Number(1), "Passes that may wait for the engine before more are refused."),
        Setting.Of(s => s.Silo.Bf16OnTheWire, Parse.Flag, "Whether activations leave this silo as bfloat16: half the bytes, and no longer the bits of one process."),

        Setting.Of(s => s.Health.Port, Parse.Port, "HTTP port of /healthz and /readyz."),
        Setting.Of(s => s.Shutdown.Limit, Parse.Duration, "How long the silo may take to stop: half of it for edits and passes that are running, the rest to leave the cluster."),
        Setting.Of(s => s.Telemetry.Otlp, Parse.Url, $"OTLP endpoint for traces and metrics. Unset: {TelemetryOptions.EndpointVariable}, and without that nothing is exported."),
    ];

    /// <summary>The setting with a key, or null.</summary>
    public static Setting? Find(string key) => All.FirstOrDefault(s => s.Key.Equals(key, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a key is in one of the sections.</summary>
    public static bool IsSection(string key) => All.Any(s => Section(s.Key).Equals(Section(key), StringComparison.OrdinalIgnoreCase));

    private static string Section(string key) => key.Split(':')[0];
}
