using System.Text.Json;
using Mend.Tensors;

namespace Mend.Models.Chat;

/// <summary>
/// The chat templates that come with a model. Most have one, "default"; some have others, such as "tool_use". Immutable and safe to
/// share between threads.
/// </summary>
public sealed class ChatTemplates
{
    /// <summary>The template that is taken where none is named.</summary>
    public const string Default = "default";

    /// <summary>The template that is taken for a conversation with tools, where there is one.</summary>
    public const string WithTools = "tool_use";

    private const string File = "chat_template.jinja", LegacyFile = "chat_template.json", ConfigFile = "tokenizer_config.json", More = "additional_chat_templates";
    private const string Extension = ".jinja", Option = "chat_template";

    private readonly IReadOnlyDictionary<string, string> _texts;
    private readonly string _source;

    /// <summary>Creates the collection.</summary>
    /// <param name="texts">The templates by name.</param>
    /// <param name="source">Where they are from, for messages.</param>
    /// <param name="variables">What they see beside the conversation: the model's special tokens that have a name of their own, such as image_token.</param>
    public ChatTemplates(IReadOnlyDictionary<string, string> texts, string source, IReadOnlyDictionary<string, JsonElement>? variables = null)
    {
        _texts = texts;
        _source = source;
        Variables = variables ?? new Dictionary<string, JsonElement>();
    }

    /// <summary>The templates' names, sorted; none when the model has no template.</summary>
    public IReadOnlyList<string> Names => [.. _texts.Keys.Order(StringComparer.Ordinal)];

    /// <summary>What the templates see beside the conversation.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; }

    /// <summary>
    /// Reads what a folder has: chat_template.jinja with the files of additional_chat_templates, else chat_template.json, else what
    /// tokenizer_config.json says, a text or a list of named ones.
    /// </summary>
    /// <param name="folder">The model folder.</param>
    /// <exception cref="ChatTemplateException">A file cannot be read, or holds something else.</exception>
    public static ChatTemplates Read(string folder)
    {
        try
        {
            JsonElement? config = Json(Path.Combine(folder, ConfigFile));
            Dictionary<string, string> texts = FromFiles(folder);
            if (texts.Count == 0 && Json(Path.Combine(folder, LegacyFile)) is { } legacy)
            {
                AddOption(texts, legacy, Path.Combine(folder, LegacyFile));
            }

            if (texts.Count == 0 && config is { } options)
            {
                AddOption(texts, options, Path.Combine(folder, ConfigFile));
            }

            return new ChatTemplates(texts, $"'{folder}'", NamedTokens(config));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            throw new ChatTemplateException($"The chat template of '{folder}' cannot be read: {error.Message} Download the model's files again.", inner: error);
        }
    }

    /// <summary>The templates in the description of a model that lies in one file.</summary>
    /// <param name="description">What describes the model, by the names that a folder's files have.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <exception cref="ChatTemplateException">The description holds something else.</exception>
    public static ChatTemplates Of(IReadOnlyDictionary<string, byte[]> description, string source)
    {
        try
        {
            Dictionary<string, string> texts = new(StringComparer.Ordinal);
            using JsonDocument document = StrictJson.Parse(description[ConfigFile]);
            JsonElement config = document.RootElement.Clone();
            AddOption(texts, config, source);
            return new ChatTemplates(texts, $"'{source}'", NamedTokens(config));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new ChatTemplateException($"The chat template of '{source}' cannot be read: {error.Message} Download the file again.", inner: error);
        }
    }

    /// <summary>A template.</summary>
    /// <param name="name">Its name; null for the one that fits.</param>
    /// <param name="withTools">Whether the conversation has tools.</param>
    /// <exception cref="ChatTemplateException">There is none, or none of that name, or it is no template.</exception>
    public ChatTemplate Select(string? name = null, bool withTools = false)
    {
        string wanted = name ?? (withTools && _texts.ContainsKey(WithTools) ? WithTools : _texts.Count == 1 ? _texts.Keys.First() : Default);
        if (_texts.TryGetValue(wanted, out string? text))
        {
            return ChatTemplate.Parse(text, _source);
        }

        throw new ChatTemplateException(_texts.Count == 0
            ? $"{_source} has no chat template ({File}, {LegacyFile} and {ConfigFile} were looked at): it is a base model, or files are missing. "
                + "Name a template with --chat-template FILE, or give the prompt as plain text, without --chat."
            : $"{_source} has no chat template '{wanted}'; it has {string.Join(", ", Names)}. Choose one with --chat-template.");
    }

    private static Dictionary<string, string> FromFiles(string folder)
    {
        Dictionary<string, string> texts = new(StringComparer.Ordinal);
        string main = Path.Combine(folder, File), more = Path.Combine(folder, More);
        if (System.IO.File.Exists(main))
        {
            texts[Default] = System.IO.File.ReadAllText(main);
        }

        foreach (string file in Directory.Exists(more) ? Directory.EnumerateFiles(more, "*" + Extension) : [])
        {
            texts[Path.GetFileNameWithoutExtension(file)] = System.IO.File.ReadAllText(file);
        }

        return texts;
    }

    private static JsonElement? Json(string file)
    {
        if (!System.IO.File.Exists(file))
        {
            return null;
        }

        using JsonDocument document = StrictJson.Parse(System.IO.File.ReadAllBytes(file));
        return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw new JsonException($"'{file}' holds no JSON object.");
    }

    private static void AddOption(Dictionary<string, string> texts, JsonElement options, string file)
    {
        if (!options.TryGetProperty(Option, out JsonElement option) || option.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        switch (option.ValueKind)
        {
            case JsonValueKind.String:
                texts[Default] = option.GetString()!;
                break;
            case JsonValueKind.Object:
                foreach (JsonProperty named in option.EnumerateObject())
                {
                    texts[named.Name] = named.Value.GetString()!;
                }

                break;
            case JsonValueKind.Array when option.EnumerateArray().All(IsNamed):
                foreach (JsonElement named in option.EnumerateArray())
                {
                    texts[named.GetProperty("name").GetString()!] = named.GetProperty("template").GetString()!;
                }

                break;
            default:
                throw new JsonException($"{Option} in '{file}' is neither a text nor a list of objects with name and template.");
        }
    }

    private static bool IsNamed(JsonElement item) => item.ValueKind == JsonValueKind.Object && IsText(item, "name") && IsText(item, "template");

    private static bool IsText(JsonElement item, string property) => item.TryGetProperty(property, out JsonElement value) && value.ValueKind == JsonValueKind.String;

    /// <summary>Tokens with a name of their own; those with the usual roles come from the tokenizer.</summary>
    private static Dictionary<string, JsonElement> NamedTokens(JsonElement? config)
    {
        Dictionary<string, JsonElement> tokens = new(StringComparer.Ordinal);
        if (config?.TryGetProperty("extra_special_tokens", out JsonElement extra) == true && extra.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty token in extra.EnumerateObject())
            {
                tokens[token.Name] = token.Value.ValueKind == JsonValueKind.Object && token.Value.TryGetProperty("content", out JsonElement content) ? content : token.Value;
            }
        }

        return tokens;
    }
}
