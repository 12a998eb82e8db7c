using System.Text.Json;
using Mend.Models.Tokenizers;

namespace Mend.Models.Chat;

/// <summary>
/// How a model is talked to: its chat template, its special tokens and what else was chosen. Gives the text of a conversation, which
/// is then a prompt like any other. Immutable and safe to share between threads.
/// </summary>
public sealed class ChatFormat
{
    /// <summary>Stands for an answer where a template is asked what it writes around one.</summary>
    private const string SomeAnswer = "Paris";

    private readonly ChatTemplate _template;
    private readonly ITokenizer _tokenizer;
    private readonly Dictionary<string, JsonElement> _variables;
    private readonly TimeProvider _time;
    private readonly Lazy<IReadOnlySet<int>> _turnEnds;

    /// <summary>Creates the format.</summary>
    /// <param name="template">The template.</param>
    /// <param name="tokenizer">The model's tokenizer, whose special tokens the template sees (bos_token and so on).</param>
    /// <param name="variables">What else the template sees, such as enable_thinking; these go before the tokens.</param>
    /// <param name="time">The clock that the template may ask; null for the system's.</param>
    public ChatFormat(ChatTemplate template, ITokenizer tokenizer, IEnumerable<KeyValuePair<string, JsonElement>>? variables = null, TimeProvider? time = null)
    {
        _template = template;
        _tokenizer = tokenizer;
        _time = time ?? TimeProvider.System;
        _variables = SpecialTokens(tokenizer);
        foreach ((string name, JsonElement value) in variables ?? [])
        {
            _variables[name] = value;
        }

        _turnEnds = new Lazy<IReadOnlySet<int>>(FindTurnEnds);
    }

    /// <summary>Tokens with which the model ends its turn, as the template writes it; empty when it writes no special token there.</summary>
    public IReadOnlySet<int> TurnEnds => _turnEnds.Value;

    /// <summary>The text of a conversation, up to where the model's answer begins.</summary>
    /// <param name="messages">The conversation; the last one is the user's.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation or goes wrong.</exception>
    public string Prompt(IReadOnlyList<ChatMessage> messages) => Render(messages, addGenerationPrompt: true);

    /// <summary>What the template writes between a prompt and the answer to it: white space, in most cases nothing.</summary>
    /// <param name="messages">The conversation; the last one is the user's.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation or goes wrong.</exception>
    public string Lead(IReadOnlyList<ChatMessage> messages)
    {
        (string before, _) = Around(messages);
        return string.IsNullOrWhiteSpace(before) ? before : "";
    }

    private HashSet<int> FindTurnEnds()
    {
        try
        {
            (_, string after) = Around([ChatMessage.User("What is the capital of France?")]);
            int[] ids = _tokenizer.Encode(after.TrimStart());
            return ids.Length > 0 && _tokenizer.IsSpecial(ids[0]) ? [ids[0]] : [];
        }
        catch (ChatTemplateException)
        {
            // A template that wants other messages than a user's alone; the model's own end tokens remain.
            return [];
        }
    }

    /// <summary>What the template writes before and after an answer; nothing when the prompt does not go on to become the conversation with it.</summary>
    private (string Before, string After) Around(IReadOnlyList<ChatMessage> messages)
    {
        string prompt = Prompt(messages);
        string whole = Render([.. messages, ChatMessage.Assistant(SomeAnswer)], addGenerationPrompt: false);
        int answer = whole.StartsWith(prompt, StringComparison.Ordinal) ? whole.IndexOf(SomeAnswer, prompt.Length, StringComparison.Ordinal) : -1;
        return answer < 0 ? ("", "") : (whole[prompt.Length..answer], whole[(answer + SomeAnswer.Length)..]);
    }

    private string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt) =>
        _template.Render(new ChatTemplateInput { Messages = messages, AddGenerationPrompt = addGenerationPrompt, Variables = _variables }, _time);

    private static Dictionary<string, JsonElement> SpecialTokens(ITokenizer tokenizer)
    {
        Dictionary<string, JsonElement> tokens = new(StringComparer.Ordinal);
        foreach ((string role, int? id) in new[]
        {
            ("bos_token", tokenizer.BosId), ("eos_token", tokenizer.EosId), ("pad_token", tokenizer.PadId), ("unk_token", tokenizer.UnkId),
            ("cls_token", tokenizer.ClsId), ("sep_token", tokenizer.SepId), ("mask_token", tokenizer.MaskId),
        })
        {
            if (id is { } known && tokenizer.Token(known) is { } token)
            {
                tokens[role] = JsonSerializer.SerializeToElement(token);
            }
        }

        return tokens;
    }
}
