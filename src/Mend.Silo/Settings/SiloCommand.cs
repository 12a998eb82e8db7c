using System.CommandLine;
using System.CommandLine.Parsing;

namespace Mend.Silo;

/// <summary>The command line: an option for each setting, and two more.</summary>
internal sealed class SiloCommand : RootCommand
{
    private const string Help = "See `mend-silo --help`.";

    private const string About = """
        Holds shards of a model, together with the other silos of its cluster.

        Settings come, the first that there is, from the command line (--Cluster:SiloPort 11112), the environment
        (MEND_CLUSTER__SILOPORT=11112), --config FILE ({ "Model": { "Shards": 3 }, "Cluster": { … } }) and appsettings.json beside the program.
        Levels of the log: MEND_LOGGING__LOGLEVEL__MEND, …__ORLEANS (Debug, Information, Warning, Error), or Logging:LogLevel:… in a file.

        Exit codes: 0 stopped as told; 2 wrong settings; 3 unusable model, editor, ledger, database or port; 70 unexpected fault.
        """;

    private readonly Dictionary<string, Option<string[]>> _settings = new(StringComparer.OrdinalIgnoreCase);

    public SiloCommand()
        : base(About)
    {
        Config.Validators.Add(result =>
        {
            if (result.Tokens is [{ } file] && !File.Exists(file.Value))
            {
                result.AddError($"--config is '{Setting.Masked(file.Value)}'; an existing JSON file with settings is wanted.");
            }
        });
        Add(Config);
        Add(CheckConfig);
        SiloSettings unset = new();
        foreach (Setting setting in Setting.All)
        {
            // More than once is right: the last one counts, so that a script can add to a command line.
            _settings.Add(setting.Key, new Option<string[]>($"--{setting.Key}")
            {
                Description = setting.Show(unset) is var value and not Setting.None ? $"{setting.Help} Default: {value}." : setting.Help,
                HelpName = "VALUE",
                Arity = ArgumentArity.OneOrMore,
            });
            Add(_settings[setting.Key]);
        }
    }

    /// <summary>A JSON file with settings.</summary>
    public Option<string> Config { get; } = new("--config") { Description = "JSON file with settings.", HelpName = "FILE" };

    /// <summary>Only checks and shows the settings.</summary>
    public Option<bool> CheckConfig { get; } = new("--check-config") { Description = "Check the settings, show them and end." };

    /// <summary>Reads the words.</summary>
    public ParseResult Read(IEnumerable<string> args) =>
        Parse([.. args.SelectMany(Split)], new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });

    /// <summary>The file that the words name, if it is there; if not, that is one of <see cref="Problems"/>.</summary>
    public string? ConfigFile(ParseResult parsed) => parsed.GetResult(Config)?.Tokens is [{ } file] && File.Exists(file.Value) ? file.Value : null;

    /// <summary>The settings that the words name.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Values(ParseResult parsed) =>
        from setting in _settings
        let words = parsed.GetResult(setting.Value)?.Tokens
        where words is { Count: > 0 }
        select KeyValuePair.Create(setting.Key, (string?)words[^1].Value);

    /// <summary>What is wrong with the words, a line each. Shows no word that may be part of a value: of a password, say.</summary>
    /// <param name="args">The words.</param>
    /// <param name="parsed">What <see cref="Read"/> made of them.</param>
    public static IEnumerable<string> Problems(IReadOnlyList<string> args, ParseResult parsed)
    {
        IReadOnlyList<string> unknown = parsed.UnmatchedTokens;
        return
        [
            .. parsed.Errors.Where(e => e.SymbolResult is not CommandResult).Select(e => $"{e.Message} {Help}"),
            .. unknown.Where(IsOption).Select(word => $"{word[2..]} is no setting; `mend-silo --help` lists those that there are."),
            .. unknown.Where((word, i) => !IsOption(word) && (i == 0 || !IsOption(unknown[i - 1]))).Select(word =>
                $"word {args.ToList().IndexOf(word) + 1} of the command line is no option; a value with blanks or ; in it is put in quotes. {Help}"),
        ];
    }

    private static bool IsOption(string word) => word.StartsWith("--", StringComparison.Ordinal);

    /// <summary>--KEY=VALUE as two words, and a key as it is spelt here; the parser would part a word at the colon in the key.</summary>
    private IEnumerable<string> Split(string word)
    {
        string[] pair = IsOption(word) ? word.Split('=', 2) : [word];
        return [_settings.TryGetValue(pair[0].TrimStart('-'), out Option<string[]>? option) && IsOption(word) ? option.Name : pair[0], .. pair[1..]];
    }
}
