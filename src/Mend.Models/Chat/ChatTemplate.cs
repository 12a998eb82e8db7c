using System.Text.Json;
using Mend.Models.Chat.Jinja;
using Mend.Models.Chat.Jinja.Nodes;
using Mend.Models.Chat.Jinja.Syntax;

namespace Mend.Models.Chat;

/// <summary>
/// A chat template: text in the language Jinja that turns a conversation into the text that a model was trained on. It is rendered
/// as transformers renders it (sandboxed, trim_blocks and lstrip_blocks, loop controls, raise_exception, strftime_now, tojson, the
/// generation block). Immutable and safe to share between threads.
/// </summary>
public sealed class ChatTemplate
{
    private readonly Body _body;
    private readonly ChatTemplateLimits _limits;

    private ChatTemplate(string source, string text, Body body, ChatTemplateLimits limits)
    {
        Source = source;
        Text = text;
        _body = body;
        _limits = limits;
    }

    /// <summary>Where the template is from, for messages.</summary>
    public string Source { get; }

    /// <summary>The template itself.</summary>
    public string Text { get; }

    /// <summary>Reads a template.</summary>
    /// <param name="text">The template.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="limits">What rendering it may cost; null for <see cref="ChatTemplateLimits.Default"/>.</param>
    /// <exception cref="ChatTemplateException">The text is no template, or is longer than the limit.</exception>
    public static ChatTemplate Parse(string text, string source, ChatTemplateLimits? limits = null)
    {
        limits ??= ChatTemplateLimits.Default;
        if (text.Length > limits.TemplateLength)
        {
            throw new ChatTemplateException($"The chat template of {source} has {text.Length} characters; at most {limits.TemplateLength} are read.");
        }

        try
        {
            return new ChatTemplate(source, text, TemplateParser.Parse(text, limits.Depth), limits);
        }
        catch (TemplateFault fault)
        {
            throw Wrong(source, fault, fault.Line);
        }
    }

    /// <summary>The text of a conversation.</summary>
    /// <param name="input">The conversation and what else the template sees.</param>
    /// <param name="time">The clock of strftime_now; null for the system's.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, goes wrong, or takes more than its limits.</exception>
    public string Render(ChatTemplateInput input, TimeProvider? time = null)
    {
        RenderRun run = new(_limits, time ?? TimeProvider.System);
        try
        {
            Scope scope = new(run);
            scope.Set("messages", List(run, input.Messages.Select(m => m.Json)));
            scope.Set("tools", List(run, input.Tools));
            scope.Set("documents", List(run, input.Documents));
            scope.Set("add_generation_prompt", input.AddGenerationPrompt);
            foreach (var (name, value) in input.Variables)
            {
                scope.Set(name, JsonValues.Of(run, value));
            }

            _body.Execute(new Scope(scope));
            return run.Output;
        }
        catch (TemplateFault fault) when (fault.IsRefusal)
        {
            throw new ChatTemplateException(fault.Message, isRefusal: true) { Template = Source };
        }
        catch (TemplateFault fault)
        {
            throw Wrong(Source, fault, run.Line);
        }
    }

    private static object? List(RenderRun run, IEnumerable<JsonElement>? items) => items is null ? null : run.List(items.Select(i => JsonValues.Of(run, i)));

    private static ChatTemplateException Wrong(string source, TemplateFault fault, int line) =>
        new($"The chat template of {source} fails{(line > 0 ? $" at line {line}" : "")}: {fault.Message.TrimEnd('.')}.", inner: fault);
}
