using System.CommandLine;
using Mend.Ledger;

namespace Mend.Cli;

/// <summary>Who makes a change and why: options that every command has that commits one. A fresh one per command.</summary>
internal sealed class OriginOptions
{
    private readonly Option<string?> _author = Text("--author", "Who makes the change; kept with it and shown by `mend log`.");
    private readonly Option<string?> _reason = Text("--reason", "Why; kept with the change.");
    private readonly Option<string?> _source = Text("--source", "Where it says so: an address, a ticket; kept with the change.");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_author);
        command.Add(_reason);
        command.Add(_source);
    }

    /// <summary>What was said; null for nothing, or where the command does not have the options.</summary>
    public EditOrigin? Get(ParseResult parsed) => EditOrigin.Of(Given(parsed, _author), Given(parsed, _reason), Given(parsed, _source));

    private static string? Given(ParseResult parsed, Option<string?> option) => parsed.GetResult(option) is null ? null : parsed.GetValue(option);

    private static Option<string?> Text(string name, string description)
    {
        Option<string?> option = new(name) { Description = description, HelpName = "TEXT" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value.Length: > EditOrigin.MaxLength }])
            {
                result.AddError($"{name} has {result.Tokens[0].Value.Length} characters; at most {EditOrigin.MaxLength} are kept.");
            }
        });
        return option;
    }
}
