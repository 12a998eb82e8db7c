using Microsoft.Extensions.Configuration;

namespace Mend.Silo;

/// <summary>Reads settings from the command line, the environment and files, in this order of precedence.</summary>
internal static class SettingsReader
{
    /// <summary>What settings in the environment begin with: MEND_CLUSTER__SILOPORT.</summary>
    public const string EnvironmentPrefix = "MEND_";

    /// <summary>Levels of the log, a section of the framework's own.</summary>
    private const string Logging = "Logging";

    /// <summary>Reads everything.</summary>
    /// <param name="line">The command line.</param>
    /// <param name="problems">Receives what is wrong, a line each.</param>
    /// <param name="configuration">Receives the raw values, for the log.</param>
    public static SiloSettings Read(CommandLine line, List<string> problems, out IConfiguration configuration)
    {
        IConfigurationRoot root = AddFiles(Standard(), line)
            .AddEnvironmentVariables(EnvironmentPrefix)
            .AddInMemoryCollection(line.Settings)
            .Build();
        IConfigurationRoot named = AddFiles(new ConfigurationBuilder(), line).AddInMemoryCollection(line.Settings).Build();

        // The environment holds variables of others with the same beginning; nobody else writes into the file and the command line.
        problems.AddRange(Unknown(named, _ => true).Union(Unknown(root, SettingsTable.IsSection)));
        configuration = root;
        return Read(root, problems);
    }

    /// <summary>What other programs of the trade are told by variables of standard names.</summary>
    private static IConfigurationBuilder Standard() => new ConfigurationBuilder()
        .AddInMemoryCollection([KeyValuePair.Create("Telemetry:Otlp", Environment.GetEnvironmentVariable(TelemetryOptions.EndpointVariable))]);

    private static IConfigurationBuilder AddFiles(IConfigurationBuilder builder, CommandLine line)
    {
        builder.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true);
        return line.ConfigFile is { } file ? builder.AddJsonFile(Path.GetFullPath(file), optional: false) : builder;
    }

    private static SiloSettings Read(IConfigurationRoot root, List<string> problems)
    {
        SiloSettings settings = new();
        int before = problems.Count;
        foreach (Setting setting in SettingsTable.All)
        {
            if (Value(root.GetSection(setting.Key)) is { } text && setting.Set(settings, text.Trim()) is { } problem)
            {
                problems.Add(problem);
            }
        }

        // A value that could not be read is its default still; complaining of that too would only confuse.
        IEnumerable<string> read = problems.Skip(before).Select(p => p.Split(' ')[0]).ToList();
        problems.AddRange(settings.Problems().Where(p => !read.Contains(p.Split(' ')[0])));
        return settings;
    }

    /// <summary>The text of a value; a list in a file has its parts joined by commas.</summary>
    private static string? Value(IConfigurationSection section)
    {
        List<IConfigurationSection> parts = [.. section.GetChildren()];
        return section.Value ?? (parts.Count > 0 ? string.Join(',', parts.Select(p => p.Value)) : null);
    }

    private static IEnumerable<string> Unknown(IConfigurationRoot root, Func<string, bool> ours) =>
        from pair in root.AsEnumerable()
        where pair.Value is not null && ours(pair.Key) && !pair.Key.StartsWith(Logging + ":", StringComparison.OrdinalIgnoreCase)
        let key = ListItem(pair.Key)
        where SettingsTable.Find(key) is null
        select $"{pair.Key} is no setting; `mend-silo --help` lists those that there are.";

    /// <summary>Silo:Roles of Silo:Roles:0.</summary>
    private static string ListItem(string key) =>
        key.LastIndexOf(':') is > 0 and int colon && int.TryParse(key.AsSpan(colon + 1), out _) ? key[..colon] : key;
}
