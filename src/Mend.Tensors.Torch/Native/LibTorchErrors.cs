namespace Mend.Tensors.Torch.Native;

/// <summary>libtorch's exceptions as one line of ours.</summary>
internal static class LibTorchErrors
{
    /// <summary>The exception to throw instead.</summary>
    public static EngineException Translate(string engine, string operation, Shape shape, Exception error)
    {
        string said = FirstLine(error.Message);
        bool memory = error is OutOfMemoryException
            || said.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || said.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);
        string message = memory
            ? $"Engine '{engine}' has no memory left for {operation} of {shape} (libtorch: {said}). Put fewer blocks on this device (more shards), use smaller batches, or end other programs on it."
            : $"Engine '{engine}' failed in {operation} of {shape} (libtorch: {said}).";
        return new EngineException(engine, message, error) { IsOutOfMemory = memory };
    }

    /// <summary>What libtorch says before its stack trace.</summary>
    private static string FirstLine(string message)
    {
        string text = message.Trim();
        int trace = text.IndexOf("Exception raised from", StringComparison.Ordinal);
        text = trace > 0 ? text[..trace] : text;
        int line = text.IndexOf('\n', StringComparison.Ordinal);
        return (line > 0 ? text[..line] : text).Trim();
    }
}
