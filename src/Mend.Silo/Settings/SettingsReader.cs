using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Mend.Silo;

/// <summary>Reads settings from the command line, the environment and files, in this order of precedence, and names all that is wrong at once.</summary>
internal sealed partial class SettingsReader : IConfigureOptions<SiloSettings>, IValidateOptions<SiloSettings>
{
    /// <summary>What settings in the environment begin with: MEND_CLUSTER__SILOPORT.</summary>
    private const string EnvironmentPrefix = "MEND_";

    private readonly List<string> _problems = [];
    private readonly HashSet<string> _wrong = [];
    private readonly IConfigurationRoot _root;

    private SettingsReader(SiloCommand command, IReadOnlyList<string> args, ParseResult parsed)
    {
        _problems.AddRange(SiloCommand.Problems(args, parsed));
        IConfigurationRoot files = Files(command.ConfigFile(parsed));
        IConfigurationRoot environment = new ConfigurationBuilder().AddEnvironmentVariables(EnvironmentPrefix).Build();
        _root = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create("Telemetry:Otlp", Environment.GetEnvironmentVariable(TelemetryOptions.EndpointVariable))])
            .AddConfiguration(files)
            .AddConfiguration(environment)
            .AddInMemoryCollection(command.Values(parsed))
            .Build();

        // The environment holds variables of others with the same beginning; nobody else writes into a file of settings.
        _problems.AddRange(Unknown(files, key => !key.StartsWith("Logging:", StringComparison.OrdinalIgnoreCase)));
        _problems.AddRange(Unknown(environment, key => Setting.All.Any(s => key.StartsWith(s.Section + ":", StringComparison.OrdinalIgnoreCase))));
    }

    /// <summary>Reads everything.</summary>
    /// <param name="command">The command.</param>
    /// <param name="args">The words behind it.</param>
    /// <param name="parsed">What the command made of them.</param>
    /// <param name="configuration">Receives the raw values, for the log.</param>
    /// <exception cref="OptionsValidationException">Something is wrong; there is a failure for each, of one line.</exception>
    public static SiloSettings Read(SiloCommand command, IReadOnlyList<string> args, ParseResult parsed, out IConfiguration configuration)
    {
        SettingsReader reader = new(command, args, parsed);
        configuration = reader._root;
        using ServiceProvider services = new ServiceCollection()
            .AddSingleton<IConfigureOptions<SiloSettings>>(reader)
            .AddSingleton<IValidateOptions<SiloSettings>>(reader)
            .AddOptionsWithValidateOnStart<SiloSettings>()
            .Services.BuildServiceProvider();
        services.GetRequiredService<IStartupValidator>().Validate();
        return services.GetRequiredService<IOptions<SiloSettings>>().Value;
    }

    /// <summary>Takes every value over.</summary>
    public void Configure(SiloSettings options)
    {
        foreach (Setting setting in Setting.All)
        {
            string? text = Text(_root.GetSection(setting.Key));
            if (text == "ordinal" && setting.Key == "Silo:Roles" && Ordinal().Match(options.Cluster.SiloName) is { Success: true } number)
            {
                text = number.Value;
            }

            if (setting.Bind(options, text) is { } problem)
            {
                _wrong.Add(setting.Key);
                _problems.Add(problem);
            }
        }
    }

    /// <summary>Names what was wrong, and what does not go together. Of a value that is wrong already, nothing more is said.</summary>
    public ValidateOptionsResult Validate(string? name, SiloSettings options)
    {
        _problems.AddRange(options.Validate(new ValidationContext(options)).Where(r => !r.MemberNames.Any(_wrong.Contains)).Select(r => r.ErrorMessage!));
        return _problems.Count > 0 ? ValidateOptionsResult.Fail(_problems) : ValidateOptionsResult.Success;
    }

    private static IConfigurationRoot Files(string? named)
    {
        IConfigurationBuilder files = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true);
        try
        {
            return (named is null ? files : files.AddJsonFile(Path.GetFullPath(named), optional: false)).Build();
        }
        catch (InvalidDataException noJson)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(SiloSettings), [SiloProgram.OneLine($"{noJson.Message} {noJson.InnerException?.Message}")]);
        }
    }

    /// <summary>The text of a value; a list in a file has its parts joined by commas.</summary>
    private static string? Text(IConfigurationSection section) =>
        (section.Value ?? (section.GetChildren().Any() ? string.Join(',', section.GetChildren().Select(part => part.Value)) : null))?.Trim();

    private static IEnumerable<string> Unknown(IConfigurationRoot root, Func<string, bool> ours) =>
        from pair in root.AsEnumerable()
        where pair.Value is not null && ours(pair.Key) && !Setting.All.Any(s => s.Key.Equals(ListItem().Replace(pair.Key, ""), StringComparison.OrdinalIgnoreCase))
        select $"{pair.Key} is no setting; `mend-silo --help` lists those that there are.";

    /// <summary>The end of Silo:Roles:0.</summary>
    [GeneratedRegex(@":\d+$")]
    private static partial Regex ListItem();

    /// <summary>The number in mend-2, as the pods of a StatefulSet have it.</summary>
    [GeneratedRegex(@"(?<=-)\d+$")]
    private static partial Regex Ordinal();
}
