namespace Mend.Models.Chat.Jinja.Values;

/// <summary>What is nowhere: prints as nothing, is false and empty, and everything else that is done with it is a fault.</summary>
/// <param name="message">Why it is undefined.</param>
internal sealed class Undefined(string message)
{
    public TemplateFault Fault() => new(message);

    /// <summary>What a value does not have.</summary>
    public static Undefined Of(RenderRun run, object? container, object? key) => new(
        TextOf.Plain(key) is { } name
            ? $"'{(container is null ? "None" : TypeNames.Of(container) + " object")}' has no attribute '{name}'"
            : $"{TypeNames.Of(container)} object has no element {TextOf.Repr(run, key)}");
}
