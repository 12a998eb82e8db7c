namespace Mend.Models.Chat;

/// <summary>
/// What rendering a template may cost. Templates come with models from anywhere, so one that loops for ever or grows without
/// end is stopped with a <see cref="ChatTemplateException"/>.
/// </summary>
public sealed record ChatTemplateLimits
{
    /// <summary>What a template gets where nobody says otherwise: some hundred times what the largest published ones need.</summary>
    public static ChatTemplateLimits Default { get; } = new();

    /// <summary>Longest template, in characters.</summary>
    public int TemplateLength { get; init; } = 1 << 20;

    /// <summary>Most steps: an expression, a statement, an element of a list, or 32 characters of a text that is looked through.</summary>
    public long Steps { get; init; } = 5_000_000;

    /// <summary>Most bytes of texts and lists that may come about while rendering, those given up on the way included.</summary>
    public long Bytes { get; init; } = 128L << 20;

    /// <summary>Longest rendered text, in characters.</summary>
    public int Output { get; init; } = 16 << 20;

    /// <summary>Most calls of macros and loops inside each other, and most brackets and statements inside each other.</summary>
    public int Depth { get; init; } = 200;
}
