using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace Mend.Cli;

/// <summary>Whether and how prompts are put into a model's chat template. A fresh one per command.</summary>
internal sealed class ChatOptions
{
    private readonly Option<bool>? _chat;
    private readonly Option<string?> _system = new("--system") { Description = "What the model is told before the conversation.", HelpName = "TEXT" };

    private readonly Option<string?> _template = new("--chat-template")
    {
        Description = "The chat template: one of the model's by its name, or a file. Default: the model's own.",
        HelpName = "NAME|FILE",
    };

    private readonly Option<Dictionary<string, JsonElement>> _variables = new("--chat-set")
    {
        Description = "A variable that the chat template sees, such as enable_thinking=false; may be repeated.",
        HelpName = "NAME=VALUE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = ReadVariables,
    };

    /// <param name="always">Whether the command knows no other prompts than messages.</param>
    public ChatOptions(bool always = false) =>
        _chat = always ? null : new Option<bool>("--chat") { Description = "Prompts are a user's messages: put into the model's chat template, and answered behind it." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        if (_chat is not null)
        {
            command.Add(_chat);
        }

        command.Add(_system);
        command.Add(_template);
        command.Add(_variables);
    }

    /// <summary>What was chosen; null for prompts as plain text.</summary>
    /// <exception cref="CliException">Options of chats were given without --chat.</exception>
    public ChatSettings? Get(ParseResult parsed)
    {
        if (_chat is not null && !parsed.GetValue(_chat))
        {
            Option? stray = new Option[] { _system, _template, _variables }.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
            return stray is null ? null : throw new CliException(ExitCode.Usage, $"{stray.Name} is for chats; give --chat too. See `mend {parsed.CommandResult.Command.Name} --help`.");
        }

        return new ChatSettings(parsed.GetValue(_system), parsed.GetValue(_template), parsed.GetValue(_variables) ?? []);
    }

    private static Dictionary<string, JsonElement> ReadVariables(ArgumentResult result)
    {
        Dictionary<string, JsonElement> variables = new(StringComparer.Ordinal);
        foreach (string text in result.Tokens.Select(t => t.Value))
        {
            int sign = text.IndexOf('=', StringComparison.Ordinal);
            if (sign <= 0)
            {
                result.AddError($"--chat-set was given '{text}'; NAME=VALUE is wanted, such as enable_thinking=false.");
                return variables;
            }

            variables[text[..sign]] = Value(text[(sign + 1)..]);
        }

        return variables;
    }

    /// <summary>JSON where it is some (false, 3, [1]), else the text itself.</summary>
    private static JsonElement Value(string text)
    {
        try
        {
            return JsonElement.Parse(text);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(text);
        }
    }
}

/// <summary>How prompts are put into a chat template.</summary>
/// <param name="System">What the model is told before the conversation, or null.</param>
/// <param name="Template">A template's name or file; null for the model's own.</param>
/// <param name="Variables">What else the template sees.</param>
internal sealed record ChatSettings(string? System, string? Template, IReadOnlyDictionary<string, JsonElement> Variables);
