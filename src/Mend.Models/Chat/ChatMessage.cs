using System.Text.Json;

namespace Mend.Models.Chat;

/// <summary>A message of a conversation: an object with a role and a content, and whatever else a template looks at, such as tool_calls.</summary>
/// <param name="Json">The object.</param>
public readonly record struct ChatMessage(JsonElement Json)
{
    /// <summary>What the model is told before the conversation.</summary>
    /// <param name="content">The text.</param>
    public static ChatMessage System(string content) => Of("system", content);

    /// <summary>What the user says.</summary>
    /// <param name="content">The text.</param>
    public static ChatMessage User(string content) => Of("user", content);

    /// <summary>What the model says.</summary>
    /// <param name="content">The text.</param>
    public static ChatMessage Assistant(string content) => Of("assistant", content);

    private static ChatMessage Of(string role, string content) => new(JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["role"] = role, ["content"] = content }));
}
