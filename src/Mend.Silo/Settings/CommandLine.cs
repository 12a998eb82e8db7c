namespace Mend.Silo;

/// <summary>The words of the command line.</summary>
internal sealed class CommandLine
{
    private const string HelpHint = "See `mend-silo --help`.";

    /// <summary>Whether only help is asked for.</summary>
    public bool Help { get; private set; }

    /// <summary>Whether the settings are only to be checked and shown.</summary>
    public bool CheckConfig { get; private set; }

    /// <summary>A JSON file with settings, or null.</summary>
    public string? ConfigFile { get; private set; }

    /// <summary>Settings by key.</summary>
    public Dictionary<string, string?> Settings { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads the words.</summary>
    /// <param name="args">The words.</param>
    /// <param name="problems">Receives what is wrong, a line each.</param>
    public static CommandLine Read(IReadOnlyList<string> args, List<string> problems)
    {
        CommandLine line = new();
        Queue<string> words = new(args);
        while (words.TryDequeue(out string? word))
        {
            switch (word)
            {
                case "--help" or "-h" or "-?":
                    line.Help = true;
                    break;
                case "--check-config":
                    line.CheckConfig = true;
                    break;
                default:
                    line.ReadPair(word, words, problems);
                    break;
            }
        }

        return line;
    }

    /// <summary>--KEY VALUE or --KEY=VALUE.</summary>
    private void ReadPair(string word, Queue<string> words, List<string> problems)
    {
        string[] pair = word.Split('=', 2);
        if (!word.StartsWith("--", StringComparison.Ordinal))
        {
            problems.Add($"'{word}' is no option. {HelpHint}");
        }
        else if (pair.Length < 2 && !words.TryPeek(out _))
        {
            problems.Add($"{pair[0]} has no value. {HelpHint}");
        }
        else
        {
            string key = pair[0][2..], value = pair.Length == 2 ? pair[1] : words.Dequeue();
            if (key != "config")
            {
                Settings[key] = value;
            }
            else if (File.Exists(value))
            {
                ConfigFile = value;
            }
            else
            {
                problems.Add($"--config is '{value}', which is no file; a JSON file with settings is wanted.");
            }
        }
    }
}
