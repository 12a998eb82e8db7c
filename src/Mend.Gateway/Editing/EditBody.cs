using Mend.Ledger;
using Mend.Models.Chat;
using Mend.Sharding;

namespace Mend.Gateway;

/// <summary>Edits that are asked for: one, or several under <c>edits</c> that become one version.</summary>
public record EditBody : EditItem
{
    /// <summary>Several edits, in place of one here.</summary>
    public IReadOnlyList<EditItem>? Edits { get; init; }

    /// <summary>Whether prompts and rephrases are a user's messages, put into the model's chat template.</summary>
    public bool Chat { get; init; }

    /// <summary>What the model is told before such messages.</summary>
    public string? System { get; init; }

    /// <summary>Who asks for it; kept with the edits.</summary>
    public string? Author { get; init; }

    /// <summary>Why; kept with the edits.</summary>
    public string? Reason { get; init; }

    /// <summary>Where it says so: an address, a ticket; kept with the edits.</summary>
    public string? Source { get; init; }

    /// <summary>The edits as they were given.</summary>
    /// <exception cref="RequestException">A value is not taken.</exception>
    internal IReadOnlyList<EditItem> Items(GatewayLimits limits)
    {
        if ((Edits is not null) == (Prompt is not null || Target is not null))
        {
            throw RequestException.Invalid("prompt", "Give prompt and target of one edit, or several under edits, each with prompt and target.");
        }

        IReadOnlyList<EditItem> items = Edits ?? [this];
        if (items.Count == 0 || items.Count > limits.MaxEdits)
        {
            throw RequestException.Invalid("edits", $"There are {items.Count} edits; 1 to {limits.MaxEdits} are taken at a time.");
        }

        for (int i = 0; i < items.Count; i++)
        {
            items[i]?.Check(Edits is null ? "" : $"edits[{i}].", limits);
        }

        return items.All(i => i is not null) ? items : throw RequestException.Invalid("edits", "One of the edits is null; objects with prompt and target are wanted.");
    }

    /// <summary>Who asks for it and why, by the body and by the key that it came with.</summary>
    internal static EditOrigin? Origin(string? author, string? reason, string? source, string? caller)
    {
        foreach ((string name, string? value) in new[] { ("author", author), ("reason", reason), ("source", source) })
        {
            if (value?.Length > EditOrigin.MaxLength)
            {
                throw RequestException.Invalid(name, $"{name} has {value.Length} characters; at most {EditOrigin.MaxLength} are kept.");
            }
        }

        return EditOrigin.Of(caller is null || author == caller ? author : string.IsNullOrWhiteSpace(author) ? caller : $"{author} (key {caller})", reason, source);
    }
}

/// <summary>One edit.</summary>
public record EditItem
{
    /// <summary>The prompt whose answer is wrong.</summary>
    public string? Prompt { get; init; }

    /// <summary>The right answer.</summary>
    public string? Target { get; init; }

    /// <summary>What the prompt is about, as it stands in it; found out unless given.</summary>
    public string? Subject { get; init; }

    /// <summary>Other wordings that shall get the same answer.</summary>
    public IReadOnlyList<string>? Rephrases { get; init; }

    internal void Check(string place, GatewayLimits limits)
    {
        foreach ((string name, string? text) in new[] { ("prompt", Prompt), ("target", Target) })
        {
            if (string.IsNullOrWhiteSpace(text))
            {
                throw RequestException.Invalid(place + name, $"{place}{name} is {(text is null ? "missing" : "empty")}; a text is wanted.");
            }
        }

        if (Rephrases?.Any(string.IsNullOrWhiteSpace) == true)
        {
            throw RequestException.Invalid(place + "rephrases", $"{place}rephrases has an empty text; leave it out.");
        }

        if (Prompt!.Length + Target!.Length + (Rephrases ?? []).Sum(r => r.Length) > limits.MaxPromptLength)
        {
            throw new RequestException(ErrorKinds.TooLarge, $"{place}prompt, its target and its rephrases have more than {limits.MaxPromptLength} characters.", place + "prompt");
        }
    }
}

/// <summary>How prompts of edits reach the model: as they stand, or as a user's messages in the chat template.</summary>
internal sealed class EditPrompts
{
    private readonly ChatFormat? _format;
    private readonly string? _system;

    public EditPrompts(ServedModel served, bool chat, string? system)
    {
        _format = chat ? served.Chat : null;
        _system = chat || system is null ? system : throw RequestException.Invalid("system", "system is for chats; set chat to true too.");
    }

    /// <summary>Tokens that end an answer beside those that always do.</summary>
    public IReadOnlySet<int> Ends => _format?.TurnEnds ?? new HashSet<int>();

    /// <summary>The text that the model goes on with.</summary>
    public string Ask(string prompt) => _format?.Prompt(Messages(prompt)) ?? prompt;

    /// <summary>The text that an answer is put behind, to teach or to score it.</summary>
    public string Before(string prompt) => _format is null ? prompt : _format.Prompt(Messages(prompt)) + _format.Lead(Messages(prompt));

    /// <summary>A prompt to look at.</summary>
    public ProbePrompt Probe(string prompt, string? target) => new(Ask(prompt), target is null ? prompt : Before(prompt), target);

    /// <summary>An edit as the model gets it.</summary>
    public EditRequest Request(EditItem item) => new(Before(item.Prompt!), item.Target!) { Subject = item.Subject, Rephrases = [.. (item.Rephrases ?? []).Select(Before)] };

    private List<ChatMessage> Messages(string prompt) => [.. _system is null ? [] : new[] { ChatMessage.System(_system) }, ChatMessage.User(prompt)];
}
