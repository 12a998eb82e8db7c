using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Mend.Cli;

/// <summary>Options that several commands share, and numbers whose errors say what is wanted. A fresh one per command.</summary>
internal static class Options
{
    /// <summary>The ledger takes 200 characters; several edits under one key get a number behind it.</summary>
    private const int LongestKey = 190;

    /// <summary>The option that says which model a command is about.</summary>
    public const string ModelName = "--model";

    public static Option<string> Model() => new(ModelName, "-m")
    {
        Description = "Hugging Face model folder (config.json, *.safetensors, tokenizer files) or GGUF file.",
        HelpName = "DIR|FILE",
        Required = true,
    };

    public static Option<string?> Editor() => new("--editor", "-e")
    {
        Description = $"Editor file that `mend train` wrote. Default: {EditorLocation.DefaultName} in the model folder; NAME.gguf.{EditorLocation.DefaultName} beside a GGUF file.",
        HelpName = "FILE",
    };

    public static Option<string?> Ledger() => new("--ledger", "-l")
    {
        Description = "Where the versions are: a folder, or a database (postgresql://user@host/database?ledger=NAME). Default: the model folder's or file's name with .ledger, beside it.",
        HelpName = "DIR|URL",
    };

    /// <summary>The value of <see cref="Recipe"/> that stands for the authors' settings.</summary>
    public const string PaperRecipe = "paper";

    public static Option<string> Recipe()
    {
        Option<string> option = new("--recipe")
        {
            Description = "default: what trains best; paper: the authors' settings, accidents included. Other options change either.",
            DefaultValueFactory = _ => "default",
        };
        option.AcceptOnlyFromAmong("default", PaperRecipe);
        return option;
    }

    public static Option<int> Shards() => Number("--shards", "Shards to split the model into; results do not depend on it.", 1, 1, 4096);

    public static Option<int> Threads() => Number("--threads", "Threads to compute with; 0 takes one per processor. The engine cpu's results do not depend on it.", 0, 0, 4096);

    public static Option<bool> Json() => new("--json") { Description = "Write one JSON document to stdout and nothing else." };

    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress and no remarks on stderr." };

    public static Option<double?> Canary() => OptionalReal(
        "--canary", "Try the version on this share of a gateway's requests first; `mend canary` ends that. Default: all read it at once.", 0.0001, 0.9999);

    public static Option<string?> Key()
    {
        Option<string?> option = new("--key") { Description = "Idempotency key: the same request with the same key is committed once.", HelpName = "TEXT" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: 0 or > LongestKey }])
            {
                result.AddError($"--key has {result.Tokens[0].Value.Length} characters; 1 to {LongestKey} are wanted.");
            }
        });
        return option;
    }

    public static Option<int> Number(string name, string description, int fallback, int least, int most = int.MaxValue)
    {
        Option<int> option = new(name)
        {
            Description = $"{description} Default: {fallback.ToString(CultureInfo.InvariantCulture)}.",
            HelpName = "N",
            DefaultValueFactory = _ => fallback,
        };
        option.CustomParser = result => ParseInt(result, name, least, most) ?? 0;
        return option;
    }

    public static Option<int?> OptionalNumber(string name, string description, int least, int most = int.MaxValue)
    {
        Option<int?> option = new(name) { Description = description, HelpName = "N" };
        option.CustomParser = result => ParseInt(result, name, least, most);
        return option;
    }

    public static Option<double?> OptionalReal(string name, string description, double least, double most = double.MaxValue)
    {
        Option<double?> option = new(name) { Description = description, HelpName = "X" };
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most)
            {
                return value;
            }

            string range = most == double.MaxValue ? $"of at least {least.ToString(CultureInfo.InvariantCulture)}" : string.Create(CultureInfo.InvariantCulture, $"from {least} to {most}");
            result.AddError($"{name} was given '{text}'; a number {range} is wanted.");
            return null;
        };
        return option;
    }

    private static int? ParseInt(ArgumentResult result, string name, int least, int most)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most)
        {
            return value;
        }

        result.AddError($"{name} was given '{text}'; a whole number {(most == int.MaxValue ? $"of at least {least}" : $"from {least} to {most}")} is wanted.");
        return null;
    }
}
