using System.Text.Json;
using Mend.Editing;
using Mend.Models;
using Mend.Models.Chat;
using Mend.Models.Tokenizers;
using Mend.Sharding;

namespace Mend.Cli;

/// <summary>How the prompts of a command line reach the model: as they stand, or as a user's messages in its chat template.</summary>
internal sealed class Prompting
{
    private readonly ChatFormat? _format;
    private readonly IReadOnlyList<ChatMessage> _before;

    private Prompting(ChatFormat? format, string? system)
    {
        _format = format;
        _before = system is null ? [] : [ChatMessage.System(system)];
    }

    /// <summary>Prompts as they stand.</summary>
    public static Prompting Plain { get; } = new(null, null);

    /// <summary>Tokens that end an answer beside those that always do.</summary>
    public IReadOnlySet<int> Ends => _format?.TurnEnds ?? new HashSet<int>();

    /// <summary>Chooses the way.</summary>
    /// <param name="settings">What was asked for; null for prompts as they stand.</param>
    /// <param name="model">The model.</param>
    /// <param name="time">The clock that templates may ask.</param>
    public static Prompting Of(ChatSettings? settings, IEditableModel model, TimeProvider time) =>
        new(settings is null ? null : Format(settings, model.Architecture, () => model.ChatTemplates, model.Tokenizer, time), settings?.System);

    /// <summary>Chooses the way.</summary>
    /// <param name="settings">What was asked for; null for prompts as they stand.</param>
    /// <param name="model">The model.</param>
    /// <param name="time">The clock that templates may ask.</param>
    public static Prompting Of(ChatSettings? settings, ModelFolder model, TimeProvider time) =>
        new(settings is null ? null : Format(settings, model.Architecture, () => model.ChatTemplates, model.Tokenizer, time), settings?.System);

    /// <summary>A model's chat format.</summary>
    /// <exception cref="CliException">The model does not go on with a text, or the template that is named is nowhere.</exception>
    /// <exception cref="ChatTemplateException">The model has no template, or a broken one.</exception>
    public static ChatFormat Format(
        ChatSettings settings, ModelArchitecture architecture, Func<ChatTemplates> templates, ITokenizer tokenizer, TimeProvider time)
    {
        if (architecture.Task != ModelTask.Causal)
        {
            throw new CliException(ExitCode.BadInput, $"A {architecture.Family} model does not go on with a text, so it holds no chats; leave --chat out.");
        }

        IEnumerable<KeyValuePair<string, JsonElement>> variables = settings.Variables;
        if (settings.Template is { } file && File.Exists(file))
        {
            return new ChatFormat(ChatTemplate.Parse(File.ReadAllText(file), $"'{file}'"), tokenizer, variables, time);
        }

        ChatTemplates all = templates();
        if (settings.Template is { } name && !all.Names.Contains(name))
        {
            throw new CliException(
                ExitCode.BadInput,
                $"--chat-template was given '{name}'; there is no such file, and the model's templates are {(all.Names.Count == 0 ? "none" : string.Join(", ", all.Names))}.");
        }

        return new ChatFormat(all.Select(settings.Template), tokenizer, [.. all.Variables, .. variables], time);
    }

    /// <summary>The text that the model goes on with.</summary>
    /// <param name="prompt">The prompt, or the user's message.</param>
    public string Ask(string prompt) => _format?.Prompt(Messages(prompt)) ?? prompt;

    /// <summary>The text that an answer is put behind, to teach or to score it.</summary>
    /// <param name="prompt">The prompt, or the user's message.</param>
    public string Before(string prompt) => _format is null ? prompt : _format.Prompt(Messages(prompt)) + _format.Lead(Messages(prompt));

    /// <summary>An edit as the model gets it.</summary>
    public EditRequest Of(EditRequest request) => request with { Prompt = Before(request.Prompt), Rephrases = [.. request.Rephrases.Select(Before)] };

    /// <summary>An edit of a file as the model gets it, with everything that is looked at around it.</summary>
    public EditRecord Of(EditRecord record) => record with
    {
        Prompt = Before(record.Prompt),
        Rephrases = [.. record.Rephrases.Select(Before)],
        Locality = [.. record.Locality.Select(l => l with { Text = Before(l.Text) })],
    };

    private List<ChatMessage> Messages(string prompt) => [.. _before, ChatMessage.User(prompt)];
}
