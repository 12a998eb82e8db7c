using System.Text.Json;

namespace Mend.Models.Chat;

/// <summary>What a chat template is rendered with.</summary>
public sealed record ChatTemplateInput
{
    /// <summary>The conversation, first to last.</summary>
    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    /// <summary>Whether the text ends where the model's answer begins.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Functions that the model may call, as JSON schemas; null for none.</summary>
    public IReadOnlyList<JsonElement>? Tools { get; init; }

    /// <summary>Texts that the model may look things up in; null for none.</summary>
    public IReadOnlyList<JsonElement>? Documents { get; init; }

    /// <summary>Other names that the template sees, such as enable_thinking and bos_token.</summary>
    public IReadOnlyDictionary<string, JsonElement> Variables { get; init; } = new Dictionary<string, JsonElement>();
}
