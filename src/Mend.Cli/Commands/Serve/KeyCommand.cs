using System.CommandLine;
using Mend.Gateway;

namespace Mend.Cli;

/// <summary>`mend key`: makes a key for `mend serve`.</summary>
internal static class KeyCommand
{
    public static Command Create(CliHost host)
    {
        Argument<string> name = new("name") { Description = "Whose it is, in one word; edits made with it are signed so." };
        Option<IReadOnlyList<Scope>> scopes = new("--scopes")
        {
            Description = "What it allows, with commas between them: read; propose, edit, approve (each with reading, the last two with proposing); admin, everything. Default: read.",
            HelpName = "LIST",
            DefaultValueFactory = _ => [Scope.Read],
            CustomParser = result =>
            {
                if (ApiKey.ScopesOf(result.Tokens[0].Value) is { } read)
                {
                    return read;
                }

                result.AddError($"--scopes was given '{result.Tokens[0].Value}'; read, propose, edit, approve and admin are wanted, with commas between them.");
                return [];
            },
        };
        Option<string?> file = new("--add-to") { Description = "A file for --keys of `mend serve` that the key's line is added to. Default: the line is shown.", HelpName = "FILE" };
        Option<bool> json = Options.Json();
        Command command = new("key", "Make a key for `mend serve`. It is shown once; a server knows its hash only.") { name, scopes, file, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            CliOutput output = new(host, parsed.GetValue(json), quiet: false);
            (string secret, ApiKey key) = Make(parsed.GetRequiredValue(name), parsed.GetValue(scopes)!);
            if (parsed.GetValue(file) is { } path)
            {
                await File.AppendAllTextAsync(path, key + "\n", cancellationToken);
            }

            output.Result(new { key.Name, Key = secret, Line = key.ToString() }, _ => output.Write($"{secret}\n{(parsed.GetValue(file) is null ? $"\nFor --keys:\n{key}\n" : "")}"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static (string Secret, ApiKey Key) Make(string name, IReadOnlyList<Scope> scopes)
    {
        try
        {
            return ApiKey.Make(name, scopes);
        }
        catch (FormatException wrong)
        {
            throw new CliException(ExitCode.Usage, wrong.Message, wrong);
        }
    }
}
