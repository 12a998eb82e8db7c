namespace Mend.Tensors;

/// <summary>What files and checkpoints share when a tensor is asked for.</summary>
internal static class TensorLookup
{
    /// <summary>A sentence that helps to find the right name.</summary>
    public static string Hint(string name, IEnumerable<string> names)
    {
        // Checkpoints of one family often differ only in a prefix ("transformer.", "model.").
        string tail = "." + name[(name.IndexOf('.', StringComparison.Ordinal) + 1)..];
        List<string> all = [.. names.Order(StringComparer.Ordinal)];
        string? near = all.Find(n => n.EndsWith("." + name, StringComparison.Ordinal) || name.EndsWith("." + n, StringComparison.Ordinal))
            ?? all.Find(n => n.EndsWith(tail, StringComparison.Ordinal));
        return near is not null
            ? $"It has '{near}': check the model family in config.json."
            : $"It has {all.Count} tensors, such as {string.Join(", ", all.Take(3).Select(n => $"'{n}'"))}: check the model family in config.json.";
    }
}
